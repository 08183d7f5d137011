#include "server/server_socket.h"

#include <algorithm>
#include <utility>

#include "server/client.h"
#include "server/outgoing_event.h"
#include "server/server_core.h"
#include "server/session.h"
#include "server/session_id.h"
#include "server/shard.h"

namespace lectern::server {
namespace {

// Packets for a socket whose missed ones are fetched from another shard, which takes microseconds.
constexpr std::size_t kMaxHeld = 4096;

}  // namespace

ServerSocket::ServerSocket(Shard& shard, Client& client, ShardNamespace& nsp, std::string id,
                           boost::json::value auth)
    : shard_(shard),
      client_(client),
      nsp_(nsp),
      ref_{shard.index(), shard.sockets().add(*this)},
      id_(std::move(id)),
      auth_(std::move(auth)) {}

void ServerSocket::connected() {
  state_ = State::connected;
  shard_.counters().sockets.add();
  shard_.sockets().connected(*this);
  shard_.sockets().join(*this, id_);
}

void ServerSocket::ended() {
  if (state_ == State::connected) shard_.counters().sockets.subtract();
  state_ = State::ended;
  shard_.sockets().remove(*this);
  for (auto& awaited : std::exchange(awaited_acks_, {}))
    client_.session().call([&] { awaited.handler(Errc::disconnected); });
}

bool ServerSocket::send(const Outgoing& packet, bool is_volatile) {
  if (held_) {
    if (held_->size() >= kMaxHeld) return false;
    held_->push_back(packet);
    return true;
  }
  return state_ == State::connected && client_.session().send(packet, is_volatile);
}

void ServerSocket::restore(const LostSocket& lost, const std::string& pid) {
  id_ = lost.id;
  pid_ = pid;
  data = lost.data;
  recovered_ = true;
  held_ = std::make_unique<std::vector<Outgoing>>();
  start_ = {lost.start.offset, shard_.recovery().position()};
  connected();
  for (const auto& room : lost.rooms) shard_.sockets().join(*this, room);
}

void ServerSocket::send_missed(const std::vector<DeliveryPtr>& missed) {
  const auto held = std::exchange(held_, nullptr);
  for (const auto& delivery : missed) {
    send(delivery->packet, false);
    start_.offset = delivery->offset;
  }
  for (const auto& packet : *held) {
    const bool known = std::any_of(
        missed.begin(), missed.end(),
        [&packet](const DeliveryPtr& delivery) { return delivery->packet.head == packet.head; });
    if (!known) send(packet, false);
  }
}

void ServerSocket::make_pid() {
  if (recovered_) return;  // clients know by it that they came back
  pid_ = new_session_id(shard_.index());
  start_.position = shard_.recovery().position();
}

LostSocket ServerSocket::as_lost() const {
  return {ref_, id_, nsp_.name, shard_.sockets().rooms_of(*this), data, start_};
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

bool ServerSocket::await_ack(std::uint64_t id, AckHandler& handler) {
  if (state_ != State::connected || awaited_acks_.size() >= kMaxPendingAcks) return false;
  awaited_acks_.push_back({id, std::move(handler)});
  return true;
}

bool ServerSocket::answered(std::uint64_t id, Result<Arguments> answer) {
  const auto found = std::find_if(awaited_acks_.begin(), awaited_acks_.end(),
                                  [id](const auto& awaited) { return awaited.id == id; });
  if (found == awaited_acks_.end()) return false;
  AckHandler handler = std::move(found->handler);
  awaited_acks_.erase(found);
  client_.session().call([&] { handler(std::move(answer)); });
  return true;
}

}  // namespace lectern::server

namespace lectern {

using server::PacketWriter;
using server::ServerSocket;

namespace {

ServerSocket& self(Socket& socket) { return static_cast<ServerSocket&>(socket); }
const ServerSocket& self(const Socket& socket) { return static_cast<const ServerSocket&>(socket); }

}  // namespace

SocketRef Socket::ref() const { return self(*this).ref(); }
const std::string& Socket::id() const { return self(*this).id(); }
const std::string& Socket::nsp() const { return self(*this).nsp().name; }
const Handshake& Socket::handshake() const { return self(*this).client().session().handshake(); }
const boost::json::value& Socket::auth() const { return self(*this).auth(); }
bool Socket::recovered() const { return self(*this).recovered(); }
bool Socket::websocket() const {
  return self(*this).client().session().transport() == engine::Transport::websocket;
}

bool Socket::emit(std::string_view event, const boost::json::value& payload, EmitOptions options) {
  auto& socket = self(*this);
  return socket.shard().emit(socket, event, PacketWriter::Values(payload), options);
}

bool Socket::emit_args(std::string_view event, const Arguments& arguments, EmitOptions options) {
  auto& socket = self(*this);
  return socket.shard().emit(socket, event, PacketWriter::Values(arguments), options);
}

void Socket::emit_with_ack(std::string_view event, const Arguments& arguments,
                           std::chrono::milliseconds timeout, AckHandler handler) {
  auto& socket = self(*this);
  auto& shard = socket.shard();
  const auto id = socket.next_ack_id();
  if (!socket.await_ack(id, handler)) {
    socket.client().session().call([&] { handler(Errc::busy); });
    return;
  }
  const auto packet =
      shard.core().writer().event(socket.nsp().name, id, event, PacketWriter::Values(arguments));
  server::OutgoingEvent(packet, shard.options().parser, {}).show(socket);
  if (!socket.send(packet, false)) {
    socket.answered(id, Errc::busy);
    return;
  }
  shard.expire_ack(socket, id, timeout);
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

std::vector<std::string> Socket::rooms() const {
  const auto& socket = self(*this);
  return socket.shard().sockets().rooms_of(socket);
}

void Socket::disconnect(bool close_connection) {
  auto& socket = self(*this);
  if (close_connection) return socket.client().disconnect_all();
  socket.client().disconnect(socket);
}

void Socket::close_transport(DisconnectReason reason) {
  self(*this).client().session().close(reason);
}

}  // namespace lectern
