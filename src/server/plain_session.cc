#include "server/plain_session.h"

#include <string>

#include "server/session.h"

namespace lectern::server {

void PlainSession::on_open() {
  session_.on_connected();
  if (handlers_.on_open) session_.call([&] { handlers_.on_open(*this); });
}

void PlainSession::on_text(std::string_view text) {
  if (handlers_.on_text) handlers_.on_text(*this, text);
}

void PlainSession::on_binary(std::string_view bytes) {
  if (handlers_.on_binary) handlers_.on_binary(*this, bytes);
}

void PlainSession::on_drained() {
  if (handlers_.on_drain) session_.call([&] { handlers_.on_drain(*this); });
}

void PlainSession::end(DisconnectReason reason) {
  if (handlers_.on_close) session_.call([&] { handlers_.on_close(*this, reason); });
}

Handshake PlainSession::handshake() const { return session_.handshake(); }

bool PlainSession::send_text(std::string_view text) {
  std::string packet(1, '4');
  packet += text;
  return session_.send({Frame::of_packet(packet), {}}, false);
}

bool PlainSession::send_binary(std::string_view bytes) {
  return session_.send({Frame::of_binary(bytes), {}}, false);
}

void PlainSession::close() { session_.close("forced close"); }

}  // namespace lectern::server
