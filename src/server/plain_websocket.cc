#include "server/plain_websocket.h"

#include <utility>

#include "base/contained.h"
#include "base/frame.h"
#include "server/shard.h"

namespace lectern::server {

using websocket::CloseCode;

PlainWebSocket::PlainWebSocket(Shard& shard, net::WebSocketConnection& connection,
                               const Handshake& handshake, MessageHandlers& handlers)
    : shard_(shard), connection_(&connection), handshake_(handshake), handlers_(handlers) {
  connection.attach(*this);
}

void PlainWebSocket::open() {
  if (handlers_.on_open) call([&] { handlers_.on_open(*this); });
}

// What throws costs its own connection, and nobody else's.
template <class F>
void PlainWebSocket::call(F f) {
  if (!contained(shard_.options().log, f)) close(CloseCode::internal_error);
}

// One message may be larger than the limit; a second one behind it may not wait.
bool PlainWebSocket::has_room(std::size_t bytes) {
  if (!connection_) return false;
  const auto full = [&] {
    return connection_->unsent() > 0 &&
           connection_->unsent() + bytes > shard_.options().send_queue_bytes;
  };
  if (full() && !connection_->blocked()) connection_->flush_now();
  return connection_ && !full();
}

bool PlainWebSocket::send_text(std::string_view text) {
  if (!has_room(text.size())) return false;
  connection_->send_message(Frame::of_packet(text));
  return true;
}

bool PlainWebSocket::send_binary(std::string_view bytes) {
  if (!has_room(bytes.size())) return false;
  connection_->send_message(Frame::of_binary(bytes));
  return true;
}

void PlainWebSocket::close() { close(CloseCode::normal); }

void PlainWebSocket::close(CloseCode code) {
  if (!connection_) return;
  connection_->detach();
  connection_->close(code);
  ended("forced close");
}

void PlainWebSocket::on_text(net::WebSocketConnection&, std::string_view text) {
  if (handlers_.on_text) call([&] { handlers_.on_text(*this, text); });
}

void PlainWebSocket::on_binary(net::WebSocketConnection&, std::string_view bytes) {
  if (handlers_.on_binary) call([&] { handlers_.on_binary(*this, bytes); });
}

void PlainWebSocket::on_drained(net::WebSocketConnection&) {
  if (handlers_.on_drain) call([&] { handlers_.on_drain(*this); });
}

void PlainWebSocket::on_violation(net::WebSocketConnection&, Errc error) {
  shard_.note_failure(error);
  ended("parse error");
}

void PlainWebSocket::on_websocket_end(net::WebSocketConnection&) { ended("transport close"); }

void PlainWebSocket::ended(DisconnectReason reason) {
  if (!std::exchange(connection_, nullptr)) return;
  if (handlers_.on_close) call([&] { handlers_.on_close(*this, reason); });
  shard_.retire(*this);
}

}  // namespace lectern::server
