#include "server/server_socket.h"

#include <algorithm>
#include <utility>

#include "protocol/encoder.h"
#include "server/server_core.h"
#include "server/session.h"
#include "server/session_id.h"
#include "server/shard.h"

namespace lectern::server {

ServerSocket::ServerSocket(Shard& shard, Session& session, NamespaceEntry& nsp,
                           boost::json::value auth)
    : shard_(shard),
      session_(session),
      nsp_(nsp),
      ref_{shard.index(), shard.sockets().add(*this)},
      id_(new_socket_id()),
      auth_(std::move(auth)) {}

void ServerSocket::connected() {
  state_ = State::connected;
  shard_.counters().sockets.add();
  shard_.sockets().join(*this, id_);
}

void ServerSocket::ended() {
  if (state_ == State::connected) shard_.counters().sockets.subtract();
  state_ = State::ended;
  shard_.sockets().remove(*this);
}

bool ServerSocket::send(const Frame& frame, bool is_volatile) {
  return state_ == State::connected && session_.send(frame, is_volatile);
}

void ServerSocket::owe_ack(std::uint64_t id) {
  if (open_acks_.size() == kMaxOpenAcks) open_acks_.erase(open_acks_.begin());
  open_acks_.push_back(id);
}

bool ServerSocket::settle_ack(std::uint64_t id) {
  const auto found = std::find(open_acks_.begin(), open_acks_.end(), id);
  if (found == open_acks_.end()) return false;
  open_acks_.erase(found);
  return true;
}

}  // namespace lectern::server

namespace lectern {

using server::ServerSocket;

namespace {

ServerSocket& self(Socket& socket) { return static_cast<ServerSocket&>(socket); }
const ServerSocket& self(const Socket& socket) { return static_cast<const ServerSocket&>(socket); }

}  // namespace

SocketRef Socket::ref() const { return self(*this).ref(); }
const std::string& Socket::id() const { return self(*this).id(); }
const Handshake& Socket::handshake() const { return self(*this).session().handshake(); }
const boost::json::value& Socket::auth() const { return self(*this).auth(); }
bool Socket::websocket() const {
  return self(*this).session().transport() == engine::Transport::websocket;
}

bool Socket::emit(std::string_view event, const boost::json::value& payload, EmitOptions options) {
  auto& socket = self(*this);
  if (!socket.is_connected()) return false;
  std::string text;
  protocol::encode_event(text, protocol::Envelope::engine_message, socket.nsp().name, std::nullopt,
                         event, payload);
  return socket.send(Frame::of_packet(text), options.is_volatile);
}

void Socket::join(std::string_view room) {
  auto& socket = self(*this);
  if (socket.is_connected()) socket.shard().sockets().join(socket, room);
}

void Socket::leave(std::string_view room) {
  auto& socket = self(*this);
  socket.shard().sockets().leave(socket, room);
}

bool Socket::in(std::string_view room) const {
  const auto& socket = self(*this);
  return socket.shard().sockets().in(socket, room);
}

void Socket::disconnect(bool close_connection) {
  auto& socket = self(*this);
  if (socket.is_connected()) {
    std::string text;
    protocol::encode_disconnect(text, protocol::Envelope::engine_message, socket.nsp().name);
    socket.send(Frame::of_packet(text), false);
  }
  auto& session = socket.session();
  if (close_connection) return session.close("server namespace disconnect");
  session.client().end(socket, "server namespace disconnect");
}

void Socket::close_transport(DisconnectReason reason) { self(*this).session().close(reason); }

}  // namespace lectern
