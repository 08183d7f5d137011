#include "server/server_socket.h"

#include <algorithm>
#include <utility>

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

ServerSocket::ServerSocket(Client& client, ShardNamespace& nsp, std::string_view id,
                           boost::json::value auth)
    : session_(client.session()),
      nsp_(nsp),
      client_(client),
      serial_(client.shard().sockets().add(*this)) {
  set_id(id);
  if (!auth.is_null()) auth_ = std::make_unique<boost::json::value>(std::move(auth));
}

void ServerSocket::set_id(std::string_view id) {
  if (id.size() == kSessionIdSize)
    id_ = ShortId(id);
  else
    long_id_ = std::make_unique<std::string>(id);
}

SocketRef ServerSocket::ref() const { return {shard().index(), serial_}; }

const boost::json::value& ServerSocket::auth() const {
  static const boost::json::value none;
  return auth_ ? *auth_ : none;
}

void ServerSocket::connected() {
  state_ = State::connected;
  in_own_room_ = true;
  shard().counters().sockets.add();
  shard().sockets().connected(*this);
}

void ServerSocket::ended() {
  if (state_ == State::connected) shard().counters().sockets.subtract();
  state_ = State::ended;
  shard().sockets().remove(*this);
  const auto unanswered = std::exchange(awaited_acks_, nullptr);
  if (!unanswered) return;
  for (auto& awaited : *unanswered) session_.call([&] { awaited.handler(Errc::disconnected); });
}

bool ServerSocket::send(const Outgoing& packet, bool is_volatile) {
  if (restored_ && restored_->held) {
    if (restored_->held->size() >= kMaxHeld) return false;
    restored_->held->push_back(packet);
    return true;
  }
  return state_ == State::connected && session_.send(packet, is_volatile);
}

void ServerSocket::restore(const LostSocket& lost, const std::string& pid) {
  set_id(lost.id);
  pid_ = ShortId(pid);
  data = lost.data;
  recovered_ = true;
  restored_ = std::make_unique<Restored>();
  restored_->offset = lost.start.offset;
  restored_->held.emplace();
  start_ = shard().recovery().position();
  connected();
  in_own_room_ = false;  // unless it is in the list
  for (const auto& room : lost.rooms) shard().sockets().join(*this, room);
}

void ServerSocket::send_missed(const std::vector<DeliveryPtr>& missed) {
  const auto held = std::exchange(restored_->held, std::nullopt);
  for (const auto& delivery : missed) {
    send(delivery->packet, false);
    restored_->offset = delivery->offset;
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
  pid_ = ShortId(new_session_id(shard().index()));
  start_ = shard().recovery().position();
}

LostSocket ServerSocket::as_lost() const {
  return {ref(),     std::string(id()),
          nsp_.name, shard().sockets().rooms_of(*this),
          data,      {restored_ ? restored_->offset : std::string(), start_}};
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
  if (state_ != State::connected) return false;
  if (!awaited_acks_) awaited_acks_ = std::make_unique<std::vector<AwaitedAck>>();
  if (awaited_acks_->size() >= kMaxPendingAcks) return false;
  awaited_acks_->push_back({id, std::move(handler)});
  return true;
}

bool ServerSocket::answered(std::uint64_t id, Result<Arguments> answer) {
  if (!awaited_acks_) return false;
  const auto found = std::find_if(awaited_acks_->begin(), awaited_acks_->end(),
                                  [id](const auto& awaited) { return awaited.id == id; });
  if (found == awaited_acks_->end()) return false;
  AckHandler handler = std::move(found->handler);
  awaited_acks_->erase(found);
  session_.call([&] { handler(std::move(answer)); });
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
std::string_view Socket::id() const { return self(*this).id(); }
const std::string& Socket::nsp() const { return self(*this).nsp().name; }
Handshake Socket::handshake() const { return self(*this).session().handshake(); }
const boost::json::value& Socket::auth() const { return self(*this).auth(); }
bool Socket::recovered() const { return self(*this).recovered(); }
bool Socket::websocket() const {
  return self(*this).session().transport() == engine::Transport::websocket;
}
Traffic Socket::traffic() const { return self(*this).session().traffic(); }

bool Socket::emit(std::string_view event, const boost::json::value& payload,
                  const EmitOptions& options) {
  auto& socket = self(*this);
  return socket.shard().emit(socket, event, PacketWriter::Values(payload), options);
}

bool Socket::emit_args(std::string_view event, const Arguments& arguments,
                       const EmitOptions& options) {
  auto& socket = self(*this);
  return socket.shard().emit(socket, event, PacketWriter::Values(arguments), options);
}

void Socket::emit_with_ack(std::string_view event, const Arguments& arguments,
                           std::chrono::milliseconds timeout, AckHandler handler) {
  auto& socket = self(*this);
  auto& shard = socket.shard();
  const auto id = socket.next_ack_id();
  if (!socket.await_ack(id, handler)) {
    socket.session().call([&] { handler(Errc::busy); });
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

void Socket::pause_reading() { self(*this).session().pause_reading(); }
void Socket::resume_reading() { self(*this).session().resume_reading(); }

void Socket::close_transport(DisconnectReason reason) { self(*this).session().close(reason); }

}  // namespace lectern
