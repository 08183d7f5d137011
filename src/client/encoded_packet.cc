#include "client/encoded_packet.h"

#include <boost/json/value.hpp>

#include "protocol/encoder.h"

namespace lectern::client {

using protocol::PacketType;

std::size_t EncodedPacket::bytes() const {
  std::size_t sum = text.size();
  for (const std::string& attachment : attachments) sum += attachment.size();
  return sum;
}

EncodedPacket encode_event(std::string_view nsp, std::optional<std::uint64_t> ack_id,
                           std::string_view name, const Arguments& arguments) {
  EncodedPacket packet{"4", arguments.attachments, {}};
  const auto count = static_cast<std::uint32_t>(packet.attachments.size());
  const auto type = count > 0 ? PacketType::binary_event : PacketType::event;
  protocol::encode_event(packet.text, {type, count, nsp, ack_id, {}}, name, arguments.values);
  return packet;
}

EncodedPacket encode_ack(std::string_view nsp, std::uint64_t ack_id, const Arguments& arguments) {
  EncodedPacket packet{"4", arguments.attachments, {}};
  const auto count = static_cast<std::uint32_t>(packet.attachments.size());
  const auto type = count > 0 ? PacketType::binary_ack : PacketType::ack;
  protocol::encode_ack(packet.text, {type, count, nsp, ack_id, {}}, arguments.values);
  return packet;
}

EncodedPacket encode_connect(std::string_view nsp, const boost::json::value& auth) {
  std::string json;
  if (!auth.is_null()) protocol::append_json(json, auth);
  EncodedPacket packet{"4", {}, {}};
  protocol::append(packet.text, {PacketType::connect, 0, nsp, std::nullopt, json});
  return packet;
}

EncodedPacket encode_disconnect(std::string_view nsp) {
  EncodedPacket packet{"4", {}, {}};
  protocol::append(packet.text, {PacketType::disconnect, 0, nsp, std::nullopt, {}});
  return packet;
}

}  // namespace lectern::client
