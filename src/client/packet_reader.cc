#include "client/packet_reader.h"

#include <utility>

namespace lectern::client {

Result<std::optional<Received>> PacketReader::on_text(std::string_view text) {
  if (due_ > 0) return Errc::malformed_packet;
  const auto packet = protocol::decode(text);
  if (!packet) return packet.error();
  if (packet->attachments == 0) return std::optional<Received>(Received{*packet, {}, {}});
  if (packet->attachments > max_attachments_) return Errc::malformed_packet;
  text_ = text;
  bytes_ = text.size();
  due_ = packet->attachments;
  return std::optional<Received>{};
}

Result<std::optional<Received>> PacketReader::on_binary(std::string_view bytes) {
  if (due_ == 0) return Errc::malformed_packet;
  bytes_ += bytes.size();
  if (bytes_ > max_bytes_) return Errc::payload_too_large;
  attachments_.emplace_back(bytes);
  if (--due_ > 0) return std::optional<Received>{};

  auto kept = std::make_unique<const std::string>(std::exchange(text_, {}));
  const auto packet = protocol::decode(*kept);
  if (!packet) return packet.error();
  return std::optional<Received>(
      Received{*packet, std::exchange(attachments_, {}), std::move(kept)});
}

}  // namespace lectern::client
