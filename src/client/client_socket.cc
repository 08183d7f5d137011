#include <utility>

#include <lectern/client.h>

#include "client/client_core.h"
#include "client/namespace_socket.h"

namespace lectern {

using client::NamespaceSocket;

namespace {

NamespaceSocket& self(ClientSocket& socket) { return static_cast<NamespaceSocket&>(socket); }
const NamespaceSocket& self(const ClientSocket& socket) {
  return static_cast<const NamespaceSocket&>(socket);
}

}  // namespace

const std::string& ClientSocket::nsp() const { return self(*this).nsp_; }
bool ClientSocket::connected() const { return self(*this).connected_; }
bool ClientSocket::recovered() const { return self(*this).recovered_; }

std::string ClientSocket::id() const {
  const NamespaceSocket& socket = self(*this);
  const std::lock_guard lock(socket.id_mutex_);
  return socket.id_;
}

void ClientSocket::on(std::string_view event, EventHandler handler) {
  NamespaceSocket& socket = self(*this);
  socket.core_.run([&socket, name = std::string(event), handler = std::move(handler)]() mutable {
    socket.events_.on(name, std::move(handler));
  });
}

void ClientSocket::on_any(EventHandler handler) {
  NamespaceSocket& socket = self(*this);
  socket.core_.run([&socket, handler = std::move(handler)]() mutable {
    socket.events_.on_any(std::move(handler));
  });
}

void ClientSocket::off(std::string_view event) {
  NamespaceSocket& socket = self(*this);
  socket.core_.run([&socket, name = std::string(event)] { socket.events_.off(name); });
}

void ClientSocket::on_connect(Task handler) {
  NamespaceSocket& socket = self(*this);
  socket.core_.run([&socket, handler = std::move(handler)]() mutable {
    socket.on_connect_.set(std::move(handler));
  });
}

void ClientSocket::on_connect_error(UniqueFunction<void(const ConnectError&)> handler) {
  NamespaceSocket& socket = self(*this);
  socket.core_.run([&socket, handler = std::move(handler)]() mutable {
    socket.on_connect_error_.set(std::move(handler));
  });
}

void ClientSocket::on_disconnect(UniqueFunction<void(DisconnectReason)> handler) {
  NamespaceSocket& socket = self(*this);
  socket.core_.run([&socket, handler = std::move(handler)]() mutable {
    socket.on_disconnect_.set(std::move(handler));
  });
}

void ClientSocket::set_auth(UniqueFunction<boost::json::value()> auth) {
  NamespaceSocket& socket = self(*this);
  socket.core_.run([&socket, auth = std::move(auth)]() mutable { socket.auth_ = std::move(auth); });
}

void ClientSocket::connect() {
  NamespaceSocket& socket = self(*this);
  socket.core_.run([&socket] { socket.activate(); });
}

void ClientSocket::disconnect() {
  NamespaceSocket& socket = self(*this);
  socket.core_.run([&socket] { socket.deactivate(); });
}

bool ClientSocket::emit(std::string_view event, const boost::json::value& payload,
                        const EmitOptions& options) {
  return emit_args(event, {{payload}, {}}, options);
}

bool ClientSocket::emit_args(std::string_view event, const Arguments& arguments,
                             const EmitOptions& options) {
  NamespaceSocket& socket = self(*this);
  auto emission = socket.encode(event, arguments, std::nullopt);
  if (!emission) return false;
  emission->is_volatile = options.is_volatile;
  emission->packet.compress = options.compress;
  socket.core_.run(
      [&socket, emission = std::move(*emission)]() mutable { socket.send(std::move(emission)); });
  return true;
}

bool ClientSocket::emit_with_ack(std::string_view event, const Arguments& arguments,
                                 std::chrono::milliseconds timeout, AckHandler handler) {
  NamespaceSocket& socket = self(*this);
  auto place = socket.core_.acks().take(1);
  if (!place) return false;
  const std::uint64_t id = socket.new_ack_id();
  auto emission = socket.encode(event, arguments, id);
  if (!emission) return false;
  client::PendingAcks::Entry entry{std::move(handler), std::move(*place)};
  socket.core_.run([&socket, id, deadline = SteadyClock::now() + timeout,
                    emission = std::move(*emission), entry = std::move(entry)]() mutable {
    socket.await_ack(id, deadline, std::move(entry));
    socket.send(std::move(emission));
  });
  return true;
}

struct ClientAck::Ticket {
  std::weak_ptr<ClientCore> core;  // the client may be gone when the answer comes
  NamespaceSocket& socket;
  std::uint64_t id;
  std::uint64_t connection;
  std::atomic<bool> used{false};
};

ClientAck ClientCore::make_ack(NamespaceSocket& socket, std::optional<std::uint64_t> id,
                               std::uint64_t connection) {
  ClientAck ack;
  if (id) {
    ack.ticket_ =
        std::shared_ptr<ClientAck::Ticket>(new ClientAck::Ticket{self_, socket, *id, connection});
  }
  return ack;
}

void ClientAck::operator()(const boost::json::value& payload) const { reply({{payload}, {}}); }

void ClientAck::reply(const Arguments& arguments) const {
  if (!ticket_ || ticket_->used.exchange(true)) return;
  const auto core = ticket_->core.lock();
  if (!core) return;
  auto packet = core->writer().ack(ticket_->socket.nsp(), ticket_->id, arguments);
  auto charge = core->bytes().take_reserved(packet.bytes());
  if (!charge) return;  // the server asks and does not read
  packet.charge = std::move(*charge);
  core->run([ticket = ticket_, packet = std::move(packet)]() mutable {
    ticket->socket.answer(ticket->connection, std::move(packet));
  });
}

}  // namespace lectern
