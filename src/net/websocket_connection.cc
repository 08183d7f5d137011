#include "net/websocket_connection.h"

#include <utility>

#include "websocket/encoder.h"

namespace lectern::net {

using websocket::CloseCode;
using websocket::Opcode;

namespace {

// Answers to pings that a peer may leave unread.
constexpr std::size_t kMaxPongBacklog = 64 * 1024;

}  // namespace

CloseCode close_code_of(Errc error) {
  switch (error) {
    case Errc::malformed_frame: return CloseCode::protocol_error;
    case Errc::invalid_utf8: return CloseCode::invalid_payload;
    case Errc::payload_too_large: return CloseCode::too_big;
    case Errc::unsupported: return CloseCode::unsupported;
    default: return CloseCode::policy_violation;
  }
}

WebSocketConnection::WebSocketConnection(Loop& loop, int fd, std::size_t max_payload,
                                         Agreement agreement)
    : Connection(loop, fd),
      decoder_(
          max_payload, websocket::Role::server,
          agreement.compression ? websocket::Compression::deflate : websocket::Compression::none),
      agreement_(agreement) {}

void WebSocketConnection::send_message(const Frame& message) { send_frame(on_wire(message)); }

bool WebSocketConnection::send_latest_message(std::string_view key, const Frame& message) {
  return send_latest(key, on_wire(message));
}

Frame WebSocketConnection::on_wire(const Frame& message) const {
  const bool compresses = agreement_.compression && agreement_.compresses;
  return compresses ? agreement_.compression->outgoing(message) : message;
}

void WebSocketConnection::send_text(std::string_view text) { send_frame(Frame::of_packet(text)); }

void WebSocketConnection::close(CloseCode code, std::string_view reason) {
  if (ending()) return;
  std::string frame;
  websocket::append_close(frame, code, reason);
  send(std::move(frame));
  finish();
}

void WebSocketConnection::on_bytes(std::span<char> bytes) {
  while (!ending()) {
    const auto message = decoder_.next(bytes);
    if (!message) return violated(errc_of(message.error()));
    if (!*message) return;
    if (!(*message)->compressed) {
      take(**message);
      continue;
    }
    const auto inflated = agreement_.compression->incoming(**message, decoder_.max_payload());
    if (!inflated) return violated(errc_of(inflated.error()));
    take(*inflated);
  }
}

void WebSocketConnection::take(const websocket::Message& message) {
  switch (message.opcode) {
    case Opcode::text:
      if (listener_) listener_->on_text(*this, message.payload);
      return;
    case Opcode::binary:
      if (listener_) listener_->on_binary(*this, message.payload);
      return;
    case Opcode::ping: {
      if (unsent() > kMaxPongBacklog) return end();
      std::string frame;
      websocket::append_frame(frame, Opcode::pong, message.payload);
      send(std::move(frame));
      if (listener_) listener_->on_alive(*this);
      return;
    }
    case Opcode::pong:
      if (listener_) listener_->on_alive(*this);
      return;
    case Opcode::close: {
      std::string frame;
      websocket::append_frame(frame, Opcode::close, message.payload.substr(0, 2));
      send(std::move(frame));
      finish();
      return tell_end();
    }
    case Opcode::continuation: return;  // the decoder joins them
  }
}

void WebSocketConnection::violated(Errc error) {
  if (listener_) listener_->on_violation(*this, error);
  detach();
  close(close_code_of(error));
}

void WebSocketConnection::on_drained() {
  if (listener_) listener_->on_drained(*this);
}

void WebSocketConnection::on_end() { tell_end(); }

void WebSocketConnection::tell_end() {
  if (WebSocketListener* const listener = std::exchange(listener_, nullptr))
    listener->on_websocket_end(*this);
}

std::string switching_protocols(std::string_view key, std::string_view headers) {
  std::string head =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Accept: ";
  head += websocket::accept_key(key);
  head += "\r\n";
  head += headers;
  head += "\r\n";
  return head;
}

}  // namespace lectern::net
