#include "client/packet_reader.h"

#include <utility>

#include "base/json.h"
#include "protocol/content.h"
#include "protocol/msgpack.h"

namespace lectern::client {

namespace json = boost::json;
using protocol::PacketType;

namespace {

Result<void> take_event(Received& received, Result<protocol::EventContent> event) {
  if (!event) return event.error();
  received.type = PacketType::event;
  received.name = event->name;
  received.data = std::move(event->args);
  return {};
}

Result<void> take_content(Received& received, const protocol::PacketView& packet) {
  switch (packet.type) {
    case PacketType::disconnect: return {};
    case PacketType::connect: {
      auto data = protocol::parse_connect(packet, {});
      if (!data) return data.error();
      received.data = std::move(*data);
      return {};
    }
    case PacketType::connect_error: {
      auto data = parse_json(packet.json);
      if (!data || (!data->is_object() && !data->is_string())) return Errc::malformed_packet;
      received.data = std::move(*data);
      return {};
    }
    case PacketType::event:
    case PacketType::binary_event: return take_event(received, protocol::parse_event(packet, {}));
    case PacketType::ack:
    case PacketType::binary_ack: {
      auto values = protocol::parse_ack(packet, {});
      if (!values) return values.error();
      received.type = PacketType::ack;
      received.data = std::move(*values);
      return {};
    }
  }
  return Errc::malformed_packet;
}

Result<std::optional<Received>> read(const protocol::PacketView& packet, Attachments attachments,
                                     std::size_t bytes) {
  Received received{packet.type, std::string(packet.nsp), packet.ack_id, {},
                    nullptr,     std::move(attachments),  bytes};
  if (const auto taken = take_content(received, packet); !taken) return taken.error();
  return std::optional<Received>(std::move(received));
}

Result<std::optional<Received>> read_msgpack(std::string_view bytes, std::size_t max_attachments) {
  auto packet = protocol::decode_msgpack(bytes, max_attachments);
  if (!packet) return packet.error();
  Received received{packet->type, std::move(packet->nsp),         packet->ack_id, {},
                    nullptr,      std::move(packet->attachments), bytes.size()};
  if (packet->type != PacketType::event) {
    received.data = std::move(packet->data);
    return std::optional<Received>(std::move(received));
  }
  auto event = protocol::split_event(std::move(packet->data.get_array()));
  if (const auto taken = take_event(received, std::move(event)); !taken) return taken.error();
  return std::optional<Received>(std::move(received));
}

}  // namespace

Result<std::optional<Received>> PacketReader::on_text(std::string_view text) {
  if (due_ > 0 || parser_ == Parser::msgpack) return Errc::malformed_packet;
  const auto packet = protocol::decode(text);
  if (!packet) return packet.error();
  if (packet->attachments == 0) return read(*packet, {}, text.size());
  if (packet->attachments > max_attachments_) return Errc::malformed_packet;
  text_ = text;
  bytes_ = text.size();
  due_ = packet->attachments;
  return std::optional<Received>{};
}

Result<std::optional<Received>> PacketReader::on_binary(std::string_view bytes) {
  if (parser_ == Parser::msgpack) return read_msgpack(bytes, max_attachments_);
  if (due_ == 0) return Errc::malformed_packet;
  bytes_ += bytes.size();
  if (bytes_ > max_bytes_) return Errc::payload_too_large;
  attachments_.emplace_back(bytes);
  if (--due_ > 0) return std::optional<Received>{};

  const std::string kept = std::exchange(text_, {});
  const auto packet = protocol::decode(kept);
  if (!packet) return packet.error();
  return read(*packet, std::exchange(attachments_, {}), bytes_);
}

}  // namespace lectern::client
