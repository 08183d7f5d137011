#include "server/packet_writer.h"

#include <string>

#include <boost/json/object.hpp>

#include "protocol/encoder.h"
#include "protocol/msgpack.h"

namespace lectern::server {

using protocol::PacketType;

namespace {

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
  if (parser_ == Parser::msgpack) {
    std::string bytes;
    auto arguments = values.copy();
    if (!offset.empty()) arguments.values.emplace_back(offset);
    protocol::encode_msgpack_event(bytes, nsp, ack_id, name, arguments.values,
                                   arguments.attachments);
    return {Frame::of_binary(bytes), {}};
  }
  const auto count = static_cast<std::uint32_t>(values.attachments.size());
  const auto type = count > 0 ? PacketType::binary_event : PacketType::event;
  std::string text = "4";
  protocol::encode_event(text, {type, count, nsp, ack_id, {}}, name, values.values, offset);
  return with_attachments(text, values.attachments);
}

Outgoing PacketWriter::ack(std::string_view nsp, std::uint64_t ack_id, const Values& values) const {
  if (parser_ == Parser::msgpack) {
    std::string bytes;
    const auto arguments = values.copy();
    protocol::encode_msgpack_ack(bytes, nsp, ack_id, arguments.values, arguments.attachments);
    return {Frame::of_binary(bytes), {}};
  }
  const auto count = static_cast<std::uint32_t>(values.attachments.size());
  const auto type = count > 0 ? PacketType::binary_ack : PacketType::ack;
  std::string text = "4";
  protocol::encode_ack(text, {type, count, nsp, ack_id, {}}, values.values);
  return with_attachments(text, values.attachments);
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
