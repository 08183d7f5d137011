#include "engine/payload_v3.h"

#include <cstring>
#include <optional>

#include "base/base64.h"
#include "base/utf8.h"
#include "engine/packet.h"

namespace lectern::engine {
namespace {

constexpr char kTextKind = 0;
constexpr char kBinaryKind = 1;
constexpr char kLengthEnd = '\xff';
constexpr char kMessageByte = 4;

using Packets = std::vector<PacketViewV3>;

bool is_type(char c) { return c >= packet_type::kOpen && c <= packet_type::kNoop; }

// Takes "<digits><end>" off the front; the digits start at `zero`. A tenth digit is more than any
// body has. No packet is empty, so no length starts with a zero.
std::optional<std::size_t> take_length(std::string_view& rest, char zero, char end) {
  std::size_t length = 0;
  for (std::size_t i = 0; i < rest.size() && i < 10; ++i) {
    if (rest[i] == end && i > 0) {
      rest.remove_prefix(i + 1);
      return length;
    }
    const int digit = rest[i] - zero;
    if (digit < (i == 0 ? 1 : 0) || digit > 9) return std::nullopt;
    length = length * 10 + static_cast<std::size_t>(digit);
  }
  return std::nullopt;
}

// UTF-16 code units of the character whose UTF-8 starts with `lead`; the bytes behind it count 0.
std::size_t units_of(char lead) {
  const auto byte = static_cast<unsigned char>(lead);
  return (byte & 0xc0) == 0x80 ? 0 : byte >= 0xf0 ? 2 : 1;
}

bool is_ascii(const char* eight_bytes) {
  std::uint64_t word;
  std::memcpy(&word, eight_bytes, sizeof word);
  return (word & 0x8080808080808080) == 0;
}

std::size_t utf16_units(std::string_view text) {
  std::size_t units = 0;
  for (std::size_t at = 0; at < text.size();) {
    if (text.size() - at >= 8 && is_ascii(text.data() + at)) {
      units += 8;
      at += 8;
    } else {
      units += units_of(text[at++]);
    }
  }
  return units;
}

// How many bytes of `text`, which is UTF-8, have this many code units. Nothing when it has fewer,
// or when the last one is the first half of a character.
std::optional<std::size_t> bytes_of(std::string_view text, std::size_t units) {
  std::size_t at = 0;
  while (at < text.size()) {
    if (units >= 8 && text.size() - at >= 8 && is_ascii(text.data() + at)) {
      units -= 8;
      at += 8;
      continue;
    }
    const std::size_t next = units_of(text[at]);
    if (next > units) break;
    units -= next;
    ++at;
    if (units == 0) {
      while (at < text.size() && units_of(text[at]) == 0) ++at;
      return at;
    }
  }
  return units == 0 ? std::optional(at) : std::nullopt;
}

Result<PacketViewV3> read_text(std::string_view packet) {
  if (packet.starts_with(packet_type::kBinary)) {
    packet.remove_prefix(1);
    if (!packet.starts_with(packet_type::kMessage)) return Errc::malformed_packet;
    return PacketViewV3{packet_type::kMessage, DataForm::base64, packet.substr(1)};
  }
  if (!is_type(packet.front())) return Errc::malformed_packet;
  return PacketViewV3{packet.front(), DataForm::text, packet.substr(1)};
}

Result<Packets> decode_text(std::string_view body) {
  if (!is_valid_utf8(body)) return Errc::invalid_utf8;
  Packets packets;
  do {
    const auto units = take_length(body, '0', ':');
    const auto size = units ? bytes_of(body, *units) : std::nullopt;
    if (!size) return Errc::malformed_packet;
    const auto packet = read_text(body.substr(0, *size));
    if (!packet) return packet.error();
    packets.push_back(*packet);
    body.remove_prefix(*size);
  } while (!body.empty());
  return packets;
}

Result<PacketViewV3> read_binary(char kind, std::string_view packet) {
  if (kind == kBinaryKind) {
    const auto bytes = decode_websocket_binary_v3(packet);
    if (!bytes) return bytes.error();
    return PacketViewV3{packet_type::kMessage, DataForm::bytes, *bytes};
  }
  if (kind != kTextKind || !is_type(packet.front())) return Errc::malformed_packet;
  if (!is_valid_utf8(packet)) return Errc::invalid_utf8;
  return PacketViewV3{packet.front(), DataForm::text, packet.substr(1)};
}

Result<Packets> decode_binary(std::string_view body) {
  Packets packets;
  do {
    if (body.empty()) return Errc::malformed_packet;
    const char kind = body.front();
    body.remove_prefix(1);
    const auto size = take_length(body, '\0', kLengthEnd);
    if (!size || *size > body.size()) return Errc::malformed_packet;
    const auto packet = read_binary(kind, body.substr(0, *size));
    if (!packet) return packet.error();
    packets.push_back(*packet);
    body.remove_prefix(*size);
  } while (!body.empty());
  return packets;
}

void append_binary_header(std::string& payload, char kind, std::size_t size) {
  payload += kind;
  for (const char digit : std::to_string(size)) payload += static_cast<char>(digit - '0');
  payload += kLengthEnd;
}

}  // namespace

Result<Packets> decode_payload_v3(PayloadForm form, std::string_view body, std::size_t max_bytes) {
  if (body.size() > max_bytes) return Errc::payload_too_large;
  return form == PayloadForm::text ? decode_text(body) : decode_binary(body);
}

void append_packet_v3(std::string& payload, PayloadForm form, std::string_view packet) {
  if (form == PayloadForm::binary) {
    append_binary_header(payload, kTextKind, packet.size());
  } else {
    payload += std::to_string(utf16_units(packet));
    payload += ':';
  }
  payload += packet;
}

void append_binary_message_v3(std::string& payload, PayloadForm form, std::string_view bytes) {
  if (form == PayloadForm::text) {
    append_packet_v3(payload, form, "b4" + base64_encode(bytes));
    return;
  }
  append_binary_header(payload, kBinaryKind, bytes.size() + 1);
  append_websocket_binary_v3(payload, bytes);
}

Result<std::string_view> decode_websocket_binary_v3(std::string_view message) {
  if (!message.starts_with(kMessageByte)) return Errc::malformed_packet;
  return message.substr(1);
}

void append_websocket_binary_v3(std::string& out, std::string_view bytes) {
  out += kMessageByte;
  out += bytes;
}

}  // namespace lectern::engine
