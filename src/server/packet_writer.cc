#include "server/packet_writer.h"

#include <string>
#include <utility>

#include <boost/json/object.hpp>

#include "protocol/encoder.h"
#include "protocol/msgpack.h"

namespace lectern::server {

using protocol::Envelope;
using protocol::PacketType;

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
  std::string bytes;
  if (parser_ == Parser::msgpack) {
    auto arguments = values.copy();
    if (!offset.empty()) arguments.values.emplace_back(offset);
    protocol::encode_msgpack_event(bytes, nsp, ack_id, name, arguments.values,
                                   arguments.attachments);
    return {Frame::of_binary(bytes), {}};
  }
  protocol::encode_event_json(bytes, Envelope::engine_message, nsp, ack_id, name,
                              in_json(values.values, offset), values.attachments.size());
  return with_attachments(bytes, values.attachments);
}

Outgoing PacketWriter::ack(std::string_view nsp, std::uint64_t ack_id, const Values& values) const {
  std::string bytes;
  if (parser_ == Parser::msgpack) {
    const auto arguments = values.copy();
    protocol::encode_msgpack_ack(bytes, nsp, ack_id, arguments.values, arguments.attachments);
    return {Frame::of_binary(bytes), {}};
  }
  protocol::encode_ack_json(bytes, Envelope::engine_message, nsp, ack_id,
                            in_json(values.values, {}), values.attachments.size());
  return with_attachments(bytes, values.attachments);
}

// Packets without arguments of the application's.
Outgoing PacketWriter::control(PacketType type, std::string_view nsp,
                               const boost::json::value& data) const {
  std::string bytes;
  if (parser_ == Parser::msgpack) {
    protocol::encode_msgpack(bytes, {type, std::string(nsp), std::nullopt, data, {}});
    return {Frame::of_binary(bytes), {}};
  }
  std::string json;
  if (!data.is_null()) protocol::append_json(json, data);
  bytes = "4";
  protocol::append(bytes, {type, 0, nsp, std::nullopt, json});
  return {Frame::of_packet(bytes), {}};
}

Outgoing PacketWriter::connect(std::string_view nsp, std::string_view sid,
                               std::string_view pid) const {
  boost::json::object data{{"sid", sid}};
  if (!pid.empty()) data["pid"] = pid;
  return control(PacketType::connect, nsp, std::move(data));
}

Outgoing PacketWriter::connect_error(std::string_view nsp, const ConnectError& error) const {
  boost::json::object data{{"message", error.message}};
  if (error.data) data["data"] = *error.data;
  return control(PacketType::connect_error, nsp, std::move(data));
}

Outgoing PacketWriter::connect_v2(std::string_view nsp) const {
  return control(PacketType::connect, nsp, nullptr);
}

Outgoing PacketWriter::connect_error_v2(std::string_view nsp, const ConnectError& error) const {
  return control(PacketType::connect_error, nsp,
                 error.data ? *error.data : boost::json::value(error.message));
}

Outgoing PacketWriter::disconnect(std::string_view nsp) const {
  return control(PacketType::disconnect, nsp, nullptr);
}

}  // namespace lectern::server
