#include "server/packet_writer.h"

#include <string>

#include "protocol/encoder.h"

namespace lectern::server {

using protocol::Envelope;

namespace {

std::string in_json(std::span<const boost::json::value> values, std::string_view offset) {
  std::string text;
  for (const auto& value : values) {
    if (!text.empty()) text += ',';
    protocol::append_json(text, value);
  }
  if (offset.empty()) return text;
  if (!text.empty()) text += ',';
  protocol::append_json_string(text, offset);
  return text;
}

Outgoing with_attachments(std::string_view text, std::span<const std::string> attachments) {
  Outgoing packet{Frame::of_packet(text), {}};
  packet.attachments.reserve(attachments.size());
  for (const auto& bytes : attachments) packet.attachments.push_back(Frame::of_binary(bytes));
  return packet;
}

}  // namespace

Outgoing PacketWriter::event(std::string_view nsp, std::optional<std::uint64_t> ack_id,
                             std::string_view name, const Values& values,
                             std::string_view offset) const {
  std::string text;
  protocol::encode_event_json(text, Envelope::engine_message, nsp, ack_id, name,
                              in_json(values.values, offset), values.attachments.size());
  return with_attachments(text, values.attachments);
}

Outgoing PacketWriter::ack(std::string_view nsp, std::uint64_t ack_id, const Values& values) const {
  std::string text;
  protocol::encode_ack_json(text, Envelope::engine_message, nsp, ack_id, in_json(values.values, {}),
                            values.attachments.size());
  return with_attachments(text, values.attachments);
}

Outgoing PacketWriter::connect(std::string_view nsp, std::string_view sid,
                               std::string_view pid) const {
  std::string text;
  protocol::encode_connect(text, Envelope::engine_message, nsp, sid, pid);
  return {Frame::of_packet(text), {}};
}

Outgoing PacketWriter::connect_error(std::string_view nsp, const ConnectError& error) const {
  std::string text;
  protocol::encode_connect_error(text, Envelope::engine_message, nsp, error.message,
                                 error.data.get());
  return {Frame::of_packet(text), {}};
}

Outgoing PacketWriter::connect_v2(std::string_view nsp) const {
  std::string text = "4";
  protocol::append(text, {protocol::PacketType::connect, 0, nsp, std::nullopt, {}});
  return {Frame::of_packet(text), {}};
}

Outgoing PacketWriter::connect_error_v2(std::string_view nsp, const ConnectError& error) const {
  std::string data;
  if (error.data) {
    protocol::append_json(data, *error.data);
  } else {
    protocol::append_json_string(data, error.message);
  }
  std::string text = "4";
  protocol::append(text, {protocol::PacketType::connect_error, 0, nsp, std::nullopt, data});
  return {Frame::of_packet(text), {}};
}

Outgoing PacketWriter::disconnect(std::string_view nsp) const {
  std::string text;
  protocol::encode_disconnect(text, Envelope::engine_message, nsp);
  return {Frame::of_packet(text), {}};
}

}  // namespace lectern::server
