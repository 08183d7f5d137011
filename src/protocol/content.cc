#include "protocol/content.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "base/json.h"
#include "protocol/attachments.h"

namespace lectern::protocol {
namespace {

namespace json = boost::json;

Result<json::array> parse_array(const PacketView& packet, json::storage_ptr storage) {
  auto value = parse_json(packet.json, std::move(storage));
  if (!value) return value.error();
  if (!value->is_array()) return Errc::malformed_packet;
  // Without attachments a binary packet is a plain one, and placeholders in it are data.
  if (is_binary(packet.type) && packet.attachments > 0) {
    const auto checked = check_placeholders(*value, packet.attachments);
    if (!checked) return checked.error();
  }
  return std::move(value->get_array());
}

// The digits that JavaScript shows for a whole number; a fraction in plain digits, never with an
// exponent. The longest double has 309 digits before the point, the smallest 1074 behind it.
json::string decimal_text(const json::value& number, const json::storage_ptr& storage) {
  std::array<char, 1100> digits;
  char* const begin = digits.data();
  char* const limit = begin + digits.size();
  std::to_chars_result end{};
  if (const auto* whole = number.if_int64()) {
    end = std::to_chars(begin, limit, *whole);
  } else if (const auto* large = number.if_uint64()) {
    end = std::to_chars(begin, limit, *large);
  } else {
    const double value = number.get_double();
    end = std::to_chars(begin, limit, value == 0 ? 0.0 : value, std::chars_format::fixed);
  }
  const std::string_view text(begin, static_cast<std::size_t>(end.ptr - begin));
  return {text, storage};
}

}  // namespace

Result<json::value> parse_connect(const PacketView& packet, json::storage_ptr storage) {
  if (packet.json.empty()) return json::value(nullptr, std::move(storage));
  auto value = parse_json(packet.json, std::move(storage));
  if (value && !value->is_object()) return Errc::malformed_packet;
  return value;
}

Result<void> check_disconnect(const PacketView& packet) {
  if (!packet.json.empty()) return Errc::malformed_packet;
  return {};
}

Result<EventContent> parse_event(const PacketView& packet, json::storage_ptr storage) {
  auto array = parse_array(packet, std::move(storage));
  if (!array) return array.error();
  return split_event(std::move(*array));
}

Result<EventContent> split_event(json::array array) {
  if (array.empty()) return Errc::malformed_packet;
  json::value& first = array.front();
  EventContent content{json::string(array.storage()), json::array(array.storage())};
  if (first.is_string()) {
    content.name = std::move(first.get_string());
    if (is_reserved(content.name)) return Errc::malformed_packet;
  } else if (first.is_number()) {
    content.name = decimal_text(first, array.storage());
  } else {
    return Errc::malformed_packet;
  }
  array.erase(array.begin());
  content.args = std::move(array);
  return content;
}

Result<json::array> parse_ack(const PacketView& packet, json::storage_ptr storage) {
  if (!packet.ack_id) return Errc::malformed_packet;
  return parse_array(packet, std::move(storage));
}

bool is_reserved(std::string_view event_name) {
  static constexpr std::array<std::string_view, 6> kReserved = {
      "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"};
  return std::find(kReserved.begin(), kReserved.end(), event_name) != kReserved.end();
}

}  // namespace lectern::protocol
