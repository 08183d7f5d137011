#include "client/encoded_packet.h"

#include <boost/json/value.hpp>

#include "protocol/encoder.h"
#include "protocol/msgpack.h"

namespace lectern::client {

using protocol::PacketType;

std::size_t EncodedPacket::bytes() const {
  std::size_t sum = head.size();
  for (const std::string& attachment : attachments) sum += attachment.size();
  return sum;
}

EncodedPacket PacketWriter::event(std::string_view nsp, std::optional<std::uint64_t> ack_id,
                                  std::string_view name, const Arguments& arguments) const {
  EncodedPacket packet;
  if (parser_ == Parser::msgpack) {
    packet.binary = true;
    protocol::encode_msgpack_event(packet.head, nsp, ack_id, name, arguments.values,
                                   arguments.attachments);
    return packet;
  }
  packet.head = "4";
  packet.attachments = arguments.attachments;
  const auto count = static_cast<std::uint32_t>(packet.attachments.size());
  const auto type = count > 0 ? PacketType::binary_event : PacketType::event;
  protocol::encode_event(packet.head, {type, count, nsp, ack_id, {}}, name, arguments.values);
  return packet;
}

EncodedPacket PacketWriter::ack(std::string_view nsp, std::uint64_t ack_id,
                                const Arguments& arguments) const {
  EncodedPacket packet;
  if (parser_ == Parser::msgpack) {
    packet.binary = true;
    protocol::encode_msgpack_ack(packet.head, nsp, ack_id, arguments.values, arguments.attachments);
    return packet;
  }
  packet.head = "4";
  packet.attachments = arguments.attachments;
  const auto count = static_cast<std::uint32_t>(packet.attachments.size());
  const auto type = count > 0 ? PacketType::binary_ack : PacketType::ack;
  protocol::encode_ack(packet.head, {type, count, nsp, ack_id, {}}, arguments.values);
  return packet;
}

EncodedPacket PacketWriter::control(PacketType type, std::string_view nsp,
                                    const boost::json::value& data) const {
  EncodedPacket packet;
  if (parser_ == Parser::msgpack) {
    packet.binary = true;
    protocol::encode_msgpack(packet.head, {type, std::string(nsp), std::nullopt, data, {}});
    return packet;
  }
  std::string json;
  if (!data.is_null()) protocol::append_json(json, data);
  packet.head = "4";
  protocol::append(packet.head, {type, 0, nsp, std::nullopt, json});
  return packet;
}

EncodedPacket PacketWriter::connect(std::string_view nsp, const boost::json::value& auth) const {
  return control(PacketType::connect, nsp, auth);
}

EncodedPacket PacketWriter::disconnect(std::string_view nsp) const {
  return control(PacketType::disconnect, nsp, nullptr);
}

}  // namespace lectern::client
