#include "engine/payload.h"

#include <algorithm>

#include "base/utf8.h"

namespace lectern::engine {
namespace {

constexpr char kRecordSeparator = '\x1e';

bool is_text_type(char c) { return c >= packet_type::kOpen && c <= packet_type::kNoop; }

}  // namespace

Result<std::vector<PacketView>> decode_payload(std::string_view body, std::size_t max_bytes) {
  if (body.size() > max_bytes) return Errc::payload_too_large;
  if (!is_valid_utf8(body)) return Errc::invalid_utf8;

  std::vector<PacketView> packets;
  packets.reserve(static_cast<std::size_t>(std::count(body.begin(), body.end(), kRecordSeparator)) +
                  1);
  for (bool more = true; more;) {
    const std::size_t end = body.find(kRecordSeparator);
    const std::string_view packet = body.substr(0, end);
    if (packet.empty()) return Errc::malformed_packet;
    if (!is_text_type(packet.front()) && packet.front() != packet_type::kBinary) {
      return Errc::malformed_packet;
    }
    packets.push_back({packet.front(), packet.substr(1)});
    more = end != std::string_view::npos;
    if (more) body.remove_prefix(end + 1);
  }
  return packets;
}

Result<PacketView> decode_packet(std::string_view text) {
  if (text.empty() || !is_text_type(text.front())) return Errc::malformed_packet;
  return PacketView{text.front(), text.substr(1)};
}

void append_to_payload(std::string& payload, std::string_view packet) {
  if (!payload.empty()) payload += kRecordSeparator;
  payload += packet;
}

}  // namespace lectern::engine
