#include "protocol/msgpack.h"

#include <algorithm>
#include <array>
#include <utility>

#include <boost/json/object.hpp>

#include "protocol/msgpack_value.h"

namespace lectern::protocol {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 4> kKeys = {"type", "nsp", "id", "data"};

// The values of the four keys, null where a key is missing.
struct Members {
  std::array<json::value, kKeys.size()> values;
  std::array<bool, kKeys.size()> found{};
  json::object others;  // the other keys so far

  explicit Members(json::storage_ptr storage)
      : values{json::value(), json::value(), json::value(),
               json::value(nullptr, std::move(storage))} {}

  json::value& type() { return values[0]; }
  json::value& nsp() { return values[1]; }
  json::value& id() { return values[2]; }
  json::value& data() { return values[3]; }
};

bool read_members(MsgpackReader& reader, Members& members, Attachments& attachments) {
  std::size_t size = 0;
  if (!reader.read_map_size(size)) return false;
  for (std::size_t i = 0; i < size; ++i) {
    std::string_view key;
    if (!reader.read_string(key)) return false;
    const auto known =
        static_cast<std::size_t>(std::find(kKeys.begin(), kKeys.end(), key) - kKeys.begin());
    if (known < kKeys.size()) {
      // None of them is ever a float, and NaN would pass for null.
      if (std::exchange(members.found[known], true) || reader.at_float()) return false;
      if (!reader.read_value(members.values[known])) return false;
      continue;
    }
    const std::size_t before = attachments.size();
    json::value dropped;
    if (!members.others.emplace(key, nullptr).second || !reader.read_value(dropped)) return false;
    attachments.resize(before);
  }
  return reader.at_end();
}

bool is_namespace(std::string_view nsp) {
  return nsp.starts_with('/') && nsp.size() <= kMaxNamespace &&
         nsp.find(',') == std::string_view::npos;
}

bool may_hold(PacketType type, const json::value& data) {
  switch (type) {
    case PacketType::connect: return data.is_null() || data.is_object();
    case PacketType::disconnect: return data.is_null();
    case PacketType::event: return data.is_array() && !data.get_array().empty();
    case PacketType::ack: return data.is_array();
    case PacketType::connect_error: return data.is_object() || data.is_string();
    default: return false;
  }
}

bool is_ack_id(PacketType type, const json::value& id) {
  if (id.is_null()) return type != PacketType::ack;
  if (type != PacketType::event && type != PacketType::ack) return false;
  const auto* number = id.if_int64();
  return number != nullptr && static_cast<std::uint64_t>(*number) <= kMaxAckId;
}

void append_start(std::string& out, std::size_t size, PacketType type, std::string_view nsp) {
  append_msgpack_map_size(out, size);
  append_msgpack_string(out, "type");
  append_msgpack_integer(out, static_cast<std::uint64_t>(type));
  append_msgpack_string(out, "nsp");
  append_msgpack_string(out, nsp);
}

void append_ack_id(std::string& out, std::optional<std::uint64_t> ack_id) {
  if (!ack_id) return;
  append_msgpack_string(out, "id");
  append_msgpack_integer(out, *ack_id);
}

void append_items(std::string& out, const json::array& items, const Attachments& attachments) {
  for (const auto& item : items) append_msgpack(out, item, attachments);
}

}  // namespace

Result<MsgpackPacket> decode_msgpack(std::string_view bytes, std::size_t max_attachments,
                                     json::storage_ptr storage) {
  Attachments attachments;
  Members members(std::move(storage));
  MsgpackReader reader(bytes, attachments, max_attachments);
  if (!read_members(reader, members, attachments)) return Errc::malformed_packet;

  const auto* number = members.type().if_int64();
  const auto* nsp = members.nsp().if_string();
  if (number == nullptr || *number < 0 || *number > 4) return Errc::malformed_packet;
  if (nsp == nullptr || !is_namespace(*nsp)) return Errc::malformed_packet;
  const auto type = static_cast<PacketType>(*number);
  if (!is_ack_id(type, members.id()) || !may_hold(type, members.data())) {
    return Errc::malformed_packet;
  }
  if (!attachments.empty()) {
    const auto checked = check_placeholders(members.data(), attachments.size());
    if (!checked) return checked.error();
  }
  std::optional<std::uint64_t> ack_id;
  if (!members.id().is_null()) ack_id = static_cast<std::uint64_t>(members.id().get_int64());
  // Moved into its place: an assignment would copy `data` out of its storage.
  return MsgpackPacket{type, std::string(std::string_view(*nsp)), ack_id, std::move(members.data()),
                       std::move(attachments)};
}

void encode_msgpack_event(std::string& out, std::string_view nsp,
                          std::optional<std::uint64_t> ack_id, std::string_view name,
                          const json::array& args, const Attachments& attachments) {
  append_start(out, ack_id ? 4 : 3, PacketType::event, nsp);
  append_ack_id(out, ack_id);
  append_msgpack_string(out, "data");
  append_msgpack_array_size(out, args.size() + 1);
  append_msgpack_string(out, name);
  append_items(out, args, attachments);
}

void encode_msgpack_ack(std::string& out, std::string_view nsp, std::uint64_t ack_id,
                        const json::array& args, const Attachments& attachments) {
  append_start(out, 4, PacketType::ack, nsp);
  append_ack_id(out, ack_id);
  append_msgpack_string(out, "data");
  append_msgpack_array_size(out, args.size());
  append_items(out, args, attachments);
}

void encode_msgpack(std::string& out, const MsgpackPacket& packet) {
  const bool has_data = !packet.data.is_null();
  append_start(out, 2U + (packet.ack_id ? 1 : 0) + (has_data ? 1 : 0), packet.type, packet.nsp);
  append_ack_id(out, packet.ack_id);
  if (!has_data) return;
  append_msgpack_string(out, "data");
  append_msgpack(out, packet.data, packet.attachments);
}

}  // namespace lectern::protocol
