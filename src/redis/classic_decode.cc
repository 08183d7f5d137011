#include <utility>

#include <boost/json/object.hpp>

#include "base/json.h"
#include "protocol/content.h"
#include "protocol/msgpack_value.h"
#include "redis/classic.h"

namespace lectern::redis {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxRooms = 65536;  // of one message
constexpr std::int64_t kMaxClients = 1'000'000'000;
constexpr std::int64_t kMaxLimitMs = 24 * 3600 * 1000;
constexpr std::int64_t kEvent = 2;
constexpr std::int64_t kBinaryEvent = 5;   // old emitters say so
constexpr std::int64_t kClientAnswer = 9;  // the type of a response

// A message of either form, with the binaries that it had.
struct Message {
  json::value value;
  Attachments attachments;
};

Result<Message> read(std::string_view bytes) {
  Message message;
  // A map never starts with this byte in MessagePack, where it is the number 123.
  auto value = bytes.starts_with('{')
                   ? parse_json(bytes)
                   : protocol::decode_msgpack_value(bytes, message.attachments, bytes.size());
  if (!value) return value.error();
  message.value = std::move(*value);
  return message;
}

json::value* member(json::object& object, std::string_view key) {
  json::value* const found = object.if_contains(key);
  return found == nullptr || found->is_null() ? nullptr : found;
}

// The text of a name; JavaScript has rooms that are numbers.
bool read_name(const json::value& value, std::string& out) {
  if (const auto* text = value.if_string()) {
    out = std::string_view(*text);
  } else if (const auto* number = value.if_int64()) {
    out = std::to_string(*number);
  } else {
    return false;
  }
  return true;
}

bool read_name(json::object& object, std::string_view key, std::string& out) {
  const json::value* const value = member(object, key);
  return value == nullptr || read_name(*value, out);
}

bool read_names(json::object& object, std::string_view key, std::vector<std::string>& out) {
  json::value* const value = member(object, key);
  if (value == nullptr) return true;
  const auto* const list = value->if_array();
  if (list == nullptr || list->size() > kMaxRooms) return false;
  for (const auto& item : *list)
    if (!read_name(item, out.emplace_back())) return false;
  return true;
}

bool read_target(json::object& options, Target& to) {
  return read_names(options, "rooms", to.rooms) && read_names(options, "except", to.except);
}

json::object* flags_of(json::object& options) {
  json::value* const flags = member(options, "flags");
  return flags == nullptr ? nullptr : flags->if_object();
}

// {type, data: [name, …], nsp}; the binaries of the message belong to it.
bool read_event(json::object& packet, Attachments attachments, ClassicEvent& event) {
  const json::value* const type = member(packet, "type");
  json::value* const data = member(packet, "data");
  if (type == nullptr || data == nullptr || !data->is_array() || data->get_array().empty())
    return false;
  const auto* const number = type->if_int64();
  if (number == nullptr || (*number != kEvent && *number != kBinaryEvent)) return false;
  auto content = protocol::split_event(std::move(data->get_array()));
  if (!content) return false;
  event.name = std::string_view(content->name);
  event.arguments = {std::move(content->args), std::move(attachments)};
  return true;
}

bool read_type(json::object& message, RequestType& type) {
  const json::value* const value = member(message, "type");
  const auto* const number = value == nullptr ? nullptr : value->if_int64();
  if (number == nullptr || *number < 0 || *number > static_cast<int>(RequestType::broadcast))
    return false;
  type = static_cast<RequestType>(*number);
  return true;
}

bool read_question(json::object& message, json::object* options, Attachments attachments,
                   Request& request) {
  json::value* const packet = member(message, "packet");
  if (packet == nullptr || !packet->is_object() || options == nullptr || request.id.empty())
    return false;
  auto* const flags = flags_of(*options);
  const auto* const limit = flags == nullptr ? nullptr : member(*flags, "timeout");
  if (limit != nullptr && limit->is_int64() && limit->get_int64() > 0 &&
      limit->get_int64() <= kMaxLimitMs)
    request.limit = std::chrono::milliseconds(limit->get_int64());
  return read_event(packet->get_object(), std::move(attachments), request.event);
}

// What the old form of join, leave and disconnect has: {requestId, sid, room}.
bool read_old_form(json::object& message, Request& request) {
  std::string room;
  if (!read_name(message, "sid", request.sid.emplace()) || !read_name(message, "room", room))
    return false;
  request.rooms = {std::move(room)};
  return true;
}

bool read_rest(json::object& message, Attachments attachments, Request& request) {
  json::value* const found = member(message, "opts");
  json::object* const options = found == nullptr ? nullptr : found->if_object();
  if (options != nullptr && !read_target(*options, request.to)) return false;
  switch (request.type) {
    case RequestType::sockets: return read_names(message, "rooms", request.rooms);
    case RequestType::all_rooms: return true;
    case RequestType::join:
    case RequestType::leave:
      if (options == nullptr) return read_old_form(message, request);
      return read_names(message, "rooms", request.rooms);
    case RequestType::disconnect: {
      const json::value* const close = member(message, "close");
      request.close = close != nullptr && close->is_bool() && close->get_bool();
      return options != nullptr || read_old_form(message, request);
    }
    case RequestType::fetch: return options != nullptr;
    case RequestType::server_side_emit: {
      json::value* const data = member(message, "data");
      if (data == nullptr || !data->is_array() || data->get_array().empty()) return false;
      request.data = std::move(data->get_array());
      return true;
    }
    case RequestType::broadcast:
      return read_question(message, options, std::move(attachments), request);
  }
  return false;
}

}  // namespace

Result<ClassicBroadcast> decode_broadcast(std::string_view bytes) {
  Attachments attachments;
  auto message = protocol::decode_msgpack_value(bytes, attachments, bytes.size());
  if (!message || !message->is_array() || message->get_array().size() != 3)
    return Errc::malformed_packet;
  auto& parts = message->get_array();
  ClassicBroadcast broadcast;
  if (!read_name(parts[0], broadcast.uid) || !parts[1].is_object() || !parts[2].is_object())
    return Errc::malformed_packet;
  auto& packet = parts[1].get_object();
  auto& options = parts[2].get_object();
  broadcast.nsp = "/";
  if (!read_name(packet, "nsp", broadcast.nsp) || !read_target(options, broadcast.to) ||
      !read_event(packet, std::move(attachments), broadcast.event))
    return Errc::malformed_packet;
  if (auto* const flags = flags_of(options)) {
    const auto* const is_volatile = member(*flags, "volatile");
    broadcast.is_volatile =
        is_volatile != nullptr && is_volatile->is_bool() && is_volatile->get_bool();
  }
  return broadcast;
}

Result<Request> decode_request(std::string_view bytes) {
  auto message = read(bytes);
  if (!message || !message->value.is_object()) return Errc::malformed_packet;
  auto& object = message->value.get_object();
  Request request;
  if (!read_type(object, request.type) || !read_name(object, "uid", request.uid) ||
      !read_name(object, "requestId", request.id) ||
      !read_rest(object, std::move(message->attachments), request))
    return Errc::malformed_packet;
  return request;
}

Result<Response> decode_response(std::string_view bytes) {
  auto message = read(bytes);
  if (!message || !message->value.is_object()) return Errc::malformed_packet;
  auto& object = message->value.get_object();
  Response response;
  if (!read_name(object, "requestId", response.id) || response.id.empty())
    return Errc::malformed_packet;
  if (const auto* const count = object.if_contains("clientCount")) {
    if (!count->is_int64() || count->get_int64() < 0 || count->get_int64() > kMaxClients)
      return Errc::malformed_packet;
    response.clients = static_cast<std::size_t>(count->get_int64());
  }
  const json::value* const type = member(object, "type");
  if (type != nullptr && type->is_int64() && type->get_int64() == kClientAnswer) {
    auto& answer = response.answer.emplace();
    auto* const packet = object.if_contains("packet");  // not there: it acknowledged nothing
    answer.values.push_back(packet == nullptr ? json::value() : std::move(*packet));
    answer.attachments = std::move(message->attachments);
  }
  if (auto* const sockets = object.if_contains("sockets"); sockets && sockets->is_array())
    response.sockets = std::move(sockets->get_array());
  if (auto* const data = object.if_contains("data")) response.data = std::move(*data);
  return response;
}

}  // namespace lectern::redis
