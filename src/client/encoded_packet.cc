#include "client/encoded_packet.h"

#include <boost/json/value.hpp>

#include "protocol/encoder.h"

namespace lectern::client {

using protocol::Envelope;

namespace {

// Without the brackets: 1,"two".
std::string list_of(const boost::json::array& values) {
  std::string text;
  for (const boost::json::value& value : values) {
    if (!text.empty()) text += ',';
    protocol::append_json(text, value);
  }
  return text;
}

}  // namespace

std::size_t EncodedPacket::bytes() const {
  std::size_t sum = text.size();
  for (const std::string& attachment : attachments) sum += attachment.size();
  return sum;
}

EncodedPacket encode_event(std::string_view nsp, std::optional<std::uint64_t> ack_id,
                           std::string_view name, const Arguments& arguments) {
  EncodedPacket packet{{}, arguments.attachments, {}};
  protocol::encode_event_json(packet.text, Envelope::engine_message, nsp, ack_id, name,
                              list_of(arguments.values), packet.attachments.size());
  return packet;
}

EncodedPacket encode_ack(std::string_view nsp, std::uint64_t ack_id, const Arguments& arguments) {
  EncodedPacket packet{{}, arguments.attachments, {}};
  protocol::encode_ack_json(packet.text, Envelope::engine_message, nsp, ack_id,
                            list_of(arguments.values), packet.attachments.size());
  return packet;
}

EncodedPacket encode_connect(std::string_view nsp, const boost::json::value& auth) {
  std::string json;
  if (!auth.is_null()) protocol::append_json(json, auth);
  EncodedPacket packet;
  packet.text = '4';
  protocol::append(packet.text, {protocol::PacketType::connect, 0, nsp, std::nullopt, json});
  return packet;
}

EncodedPacket encode_disconnect(std::string_view nsp) {
  EncodedPacket packet;
  protocol::encode_disconnect(packet.text, Envelope::engine_message, nsp);
  return packet;
}

}  // namespace lectern::client
