#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "protocol/encoder.h"
#include "protocol/msgpack_value.h"
#include "redis/classic.h"

namespace lectern::redis {
namespace {

namespace json = boost::json;
using protocol::append_msgpack;
using protocol::append_msgpack_array_size;
using protocol::append_msgpack_integer;
using protocol::append_msgpack_map_size;
using protocol::append_msgpack_string;

constexpr int kEvent = 2;        // the packet's type
constexpr int kClientCount = 8;  // types of responses
constexpr int kClientAnswer = 9;

void append_strings(std::string& out, const std::vector<std::string>& strings) {
  append_msgpack_array_size(out, strings.size());
  for (const auto& text : strings) append_msgpack_string(out, text);
}

// {type, data: [name, …], nsp}
void append_packet(std::string& out, std::string_view nsp, const EventView& event) {
  const Attachments attachments(event.attachments.begin(), event.attachments.end());
  append_msgpack_map_size(out, 3);
  append_msgpack_string(out, "type");
  append_msgpack_integer(out, kEvent);
  append_msgpack_string(out, "data");
  append_msgpack_array_size(out, event.values.size() + 1);
  append_msgpack_string(out, event.name);
  for (const auto& value : event.values) append_msgpack(out, value, attachments);
  append_msgpack_string(out, "nsp");
  append_msgpack_string(out, nsp);
}

// {rooms, except, flags: …}, of which the flags follow.
void append_options(std::string& out, const Target& to) {
  append_msgpack_map_size(out, 3);
  append_msgpack_string(out, "rooms");
  append_strings(out, to.rooms);
  append_msgpack_string(out, "except");
  append_strings(out, to.except);
  append_msgpack_string(out, "flags");
}

json::array array_of(const std::vector<std::string>& strings) {
  return json::array(strings.begin(), strings.end());
}

json::object options_of(const Target& to) {
  return {{"rooms", array_of(to.rooms)}, {"except", array_of(to.except)}};
}

std::string text_of(const json::value& value) {
  std::string text;
  protocol::append_json(text, value);
  return text;
}

std::string encode_move(std::string_view uid, RequestType type, const Target& to,
                        std::string_view room) {
  return text_of(json::object{{"uid", uid},
                              {"type", static_cast<int>(type)},
                              {"opts", options_of(to)},
                              {"rooms", json::array{json::value(room)}}});
}

}  // namespace

std::string encode_broadcast(std::string_view uid, std::string_view nsp, const Target& to,
                             bool is_volatile, const EventView& event) {
  std::string out;
  append_msgpack_array_size(out, 3);
  append_msgpack_string(out, uid);
  append_packet(out, nsp, event);
  append_options(out, to);
  append_msgpack_map_size(out, is_volatile ? 1 : 0);
  if (is_volatile) {
    append_msgpack_string(out, "volatile");
    append_msgpack(out, true, {});
  }
  return out;
}

bool is_broadcast_of(std::string_view uid, std::string_view bytes) {
  std::string start;
  append_msgpack_array_size(start, 3);
  append_msgpack_string(start, uid);
  return bytes.starts_with(start);
}

std::string encode_join(std::string_view uid, const Target& to, std::string_view room) {
  return encode_move(uid, RequestType::join, to, room);
}

std::string encode_leave(std::string_view uid, const Target& to, std::string_view room) {
  return encode_move(uid, RequestType::leave, to, room);
}

std::string encode_disconnect(std::string_view uid, const Target& to, bool close) {
  return text_of(json::object{{"uid", uid},
                              {"type", static_cast<int>(RequestType::disconnect)},
                              {"opts", options_of(to)},
                              {"close", close}});
}

std::string encode_fetch(std::string_view uid, std::string_view id, const Target& to) {
  return text_of(json::object{{"uid", uid},
                              {"requestId", id},
                              {"type", static_cast<int>(RequestType::fetch)},
                              {"opts", options_of(to)}});
}

std::string encode_server_side_emit(std::string_view uid, std::string_view id,
                                    std::string_view name, const json::array& arguments) {
  json::object request{{"uid", uid}};
  if (!id.empty()) request["requestId"] = id;
  request["type"] = static_cast<int>(RequestType::server_side_emit);
  json::array data{json::value(name)};
  data.insert(data.end(), arguments.begin(), arguments.end());
  request["data"] = std::move(data);
  return text_of(request);
}

std::string encode_question(std::string_view uid, std::string_view id, std::string_view nsp,
                            const Target& to, std::chrono::milliseconds limit,
                            const EventView& event) {
  std::string out;
  append_msgpack_map_size(out, 5);
  append_msgpack_string(out, "uid");
  append_msgpack_string(out, uid);
  append_msgpack_string(out, "requestId");
  append_msgpack_string(out, id);
  append_msgpack_string(out, "type");
  append_msgpack_integer(out, static_cast<std::uint64_t>(RequestType::broadcast));
  append_msgpack_string(out, "packet");
  append_packet(out, nsp, event);
  append_msgpack_string(out, "opts");
  append_options(out, to);
  append_msgpack_map_size(out, 1);
  append_msgpack_string(out, "timeout");
  append_msgpack(out, static_cast<std::int64_t>(limit.count()), {});
  return out;
}

std::string encode_sockets(std::string_view id, json::array sockets) {
  return text_of(json::object{{"requestId", id}, {"sockets", std::move(sockets)}});
}

std::string encode_rooms(std::string_view id, json::array rooms) {
  return text_of(json::object{{"requestId", id}, {"rooms", std::move(rooms)}});
}

std::string encode_done(std::string_view id) { return text_of(json::object{{"requestId", id}}); }

std::string encode_data(std::string_view id, const json::value& data) {
  return text_of(json::object{{"type", static_cast<int>(RequestType::server_side_emit)},
                              {"requestId", id},
                              {"data", data}});
}

std::string encode_client_count(std::string_view id, std::size_t clients) {
  return text_of(json::object{{"type", kClientCount}, {"requestId", id}, {"clientCount", clients}});
}

std::string encode_client_answer(std::string_view id, const Arguments& answer) {
  std::string out;
  append_msgpack_map_size(out, answer.values.empty() ? 2 : 3);
  append_msgpack_string(out, "type");
  append_msgpack_integer(out, kClientAnswer);
  append_msgpack_string(out, "requestId");
  append_msgpack_string(out, id);
  if (answer.values.empty()) return out;
  append_msgpack_string(out, "packet");
  append_msgpack(out, answer.values.front(), answer.attachments);
  return out;
}

}  // namespace lectern::redis
