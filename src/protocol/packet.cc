#include "protocol/packet.h"

#include <algorithm>
#include <charconv>

namespace lectern::protocol {
namespace {

constexpr std::uint32_t kMaxAttachments = 1'000'000;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Takes the number off the front of `rest`; nullopt when there is none, one with a leading zero, or
// one beyond `most`. 17 digits are enough for every bound here and cannot overflow.
std::optional<std::uint64_t> take_number(std::string_view& rest, std::uint64_t most) {
  std::uint64_t number = 0;
  std::size_t size = 0;
  while (size < rest.size() && is_digit(rest[size])) {
    if (size == 17) return std::nullopt;
    number = number * 10 + static_cast<std::uint64_t>(rest[size] - '0');
    ++size;
  }
  if (size == 0 || (size > 1 && rest.front() == '0') || number > most) return std::nullopt;
  rest.remove_prefix(size);
  return number;
}

void append_number(std::string& out, std::uint64_t number) {
  char digits[20];
  const auto [end, error] = std::to_chars(digits, digits + sizeof digits, number);
  out.append(digits, end);
}

}  // namespace

Result<PacketView> decode(std::string_view text) {
  if (text.empty() || text.front() < '0' || text.front() > '6') return Errc::malformed_packet;
  PacketView packet;
  packet.type = static_cast<PacketType>(text.front() - '0');
  text.remove_prefix(1);

  if (is_binary(packet.type)) {
    const auto attachments = take_number(text, kMaxAttachments);
    if (!attachments || !text.starts_with('-')) return Errc::malformed_packet;
    packet.attachments = static_cast<std::uint32_t>(*attachments);
    text.remove_prefix(1);
  }
  if (text.starts_with('/')) {
    // One byte further than a namespace may be long: a longer one is not searched to its end.
    const std::size_t comma = text.substr(0, kMaxNamespace + 1).find(',');
    if (comma == std::string_view::npos && text.size() > kMaxNamespace) {
      return Errc::malformed_packet;
    }
    packet.nsp = text.substr(0, comma);
    text.remove_prefix(std::min(packet.nsp.size() + 1, text.size()));
  }
  if (!text.empty() && is_digit(text.front())) {
    packet.ack_id = take_number(text, kMaxAckId);
    const bool may_have_id = packet.type == PacketType::event || packet.type == PacketType::ack ||
                             is_binary(packet.type);
    if (!packet.ack_id || !may_have_id) return Errc::malformed_packet;
  }
  packet.json = text;
  return packet;
}

void append(std::string& out, const PacketView& packet) {
  out += static_cast<char>('0' + static_cast<int>(packet.type));
  if (is_binary(packet.type)) {
    append_number(out, packet.attachments);
    out += '-';
  }
  // Unchecked JSON may start like a namespace; behind one of its own it is not taken for it.
  const bool ambiguous = !packet.ack_id && packet.json.starts_with('/');
  if (packet.nsp != "/" || ambiguous) {
    out += packet.nsp;
    out += ',';
  }
  if (packet.ack_id) append_number(out, *packet.ack_id);
  out += packet.json;
}

}  // namespace lectern::protocol
