#include "server/shard.h"

#include <unistd.h>

#include <utility>

#include <lectern/log_sink.h>

#include "net/proxied_connection.h"
#include "server/client.h"
#include "server/cluster.h"
#include "server/outgoing_event.h"
#include "server/plain_session.h"
#include "server/server_core.h"
#include "server/session.h"
#include "server/websocket_handshake.h"

namespace lectern::server {
namespace {

// Connections beyond Options::max_connections that one shard keeps for plain HTTP.
constexpr std::size_t kSpareConnections = 1024;

}  // namespace

Shard::Shard(ServerCore& core, unsigned index)
    : core_(core),
      index_(index),
      deadlines_(core.options()),
      compression_(core.options().compression_threshold),
      recovery_(core.options().recovery, core.options().recovery_bytes / core.options().threads),
      engine_(*this),
      loop_(core.options().log, core.sends()) {
  core.for_each_namespace([this](const std::string& name, Namespace& handlers) {
    sockets_.add_namespace(name, handlers, false);
  });
  for (auto* list : {&deadlines_.ping, &deadlines_.pong, &deadlines_.connect, &deadlines_.upgrade,
                     &deadlines_.silence, &deadlines_.last_poll, &deadlines_.http})
    loop_.watch(*list);
  loop_.before_flush([this] { end_turn(); });
  loop_.on_refusal([this] {
    counters_.connections_refused.add();
    counters_.descriptors_missing.add();
    core_.log_refusal();
  });
}

Shard::~Shard() = default;

const Options& Shard::options() const { return core_.options(); }
WaitingClients& Shard::waiting() { return core_.waiting(); }

TimeMs Shard::received_at() const { return core_.clock().at(loop_.now()); }

void Shard::listen(int fd, bool internal) {
  loop_.listen(fd, [this, internal](int accepted_fd, std::string address) {
    accepted(accepted_fd, std::move(address), internal);
  });
}

void Shard::run() {
  if (recovery_.enabled()) forget_lost_clients();
  loop_.run();
}

void Shard::forget_lost_clients() {
  recovery_.expire(loop_.now());
  loop_.run_after(std::chrono::seconds(10), [this] { forget_lost_clients(); });
}

void Shard::stop_listening() { loop_.stop_listening(); }

void Shard::stop(std::chrono::milliseconds grace) {
  loop_.stop_listening();
  std::vector<Session*> sessions;
  for (const auto& [sid, session] : sessions_) sessions.push_back(session.get());
  for (Session* session : sessions) session->close("server shutting down");
  std::vector<PlainWebSocket*> plain;
  for (const auto& [socket, owned] : plain_websockets_) plain.push_back(socket);
  for (PlainWebSocket* socket : plain) socket->close();
  std::vector<net::HttpConnection*> idle;
  for (const auto& [serial, connection] : http_)
    if (!connection->owes_answer() && connection->unsent() == 0) idle.push_back(connection);
  for (net::HttpConnection* connection : idle) connection->end();
  loop_.stop_when_empty();
  loop_.run_after(grace, [this] {
    loop_.end_all();
    loop_.stop();
  });
}

void Shard::accepted(int fd, std::string address, bool internal) {
  if (loop_.connections() >= options().max_connections + kSpareConnections ||
      (!internal && !core_.silent().enter(core_.account_of(address, std::nullopt)))) {
    counters_.connections_refused.add();
    ::close(fd);
    return;
  }
  counters_.connections_accepted.add();
  const auto& of_proxy = options().speaks_proxy_protocol;
  if (!internal && of_proxy && of_proxy(address)) return await_client(fd, std::move(address));
  serve(fd, std::move(address), internal, {});
}

void Shard::await_client(int fd, std::string proxy) {
  const auto left = [this, account = core_.account_of(proxy, std::nullopt)] {
    core_.silent().leave(account);
  };
  auto taken = [this, left](net::ProxiedConnection::Client client) {
    left();
    if (core_.silent().enter(core_.account_of(client.address, std::nullopt)))
      return serve(client.fd, std::move(client.address), false, std::move(client.unread));
    counters_.connections_refused.add();
    ::close(client.fd);
  };
  loop_.add(std::make_unique<net::ProxiedConnection>(loop_, fd, std::move(proxy), deadlines_.http,
                                                     std::move(taken), left));
}

void Shard::serve(int fd, std::string address, bool internal, std::string unread) {
  const auto serial = next_http_serial_++;
  net::HttpConnection::Limits limits;
  limits.body_bytes = options().max_payload;
  auto connection = std::make_unique<net::HttpConnection>(loop_, fd, std::move(address), serial,
                                                          internal, limits, deadlines_.http, *this);
  if (tls_ && !internal) connection->secure(tls_->accept());
  auto& added = *connection;
  http_.emplace(serial, &added);
  loop_.add(std::move(connection));
  if (!unread.empty()) added.take_read(unread);
}

void Shard::on_request(net::HttpConnection& connection, HttpRequest request) {
  if (connection.requests() == 1) no_longer_silent(connection);
  HttpExchange exchange{index_, connection.serial(), std::string(request.header("Origin")),
                        accepted_coding(request.header("Accept-Encoding"))};
  if (!request.internal) {
    if (request.method == "OPTIONS" && core_.origins().lists(exchange.origin) &&
        !request.header("Access-Control-Request-Method").empty())
      return answer(exchange, core_.origins().preflight(request));
    if (request.path == options().path)
      return engine_.on_request(connection, std::move(exchange), std::move(request));
    if (core_.plain_websocket() && lists(request.header("Upgrade"), "websocket"))
      return open_plain_websocket(connection, exchange, request);
  }
  core_.handle_http(std::move(exchange), std::move(request));
}

void Shard::open_plain_websocket(net::HttpConnection& connection, const HttpExchange& exchange,
                                 const HttpRequest& request) {
  if (!may_open_websocket(*this, connection, exchange, request)) return;
  auto offer = take_offer(connection, request);
  auto& opened = accept_offer(*this, offer);
  auto owned = std::make_unique<PlainWebSocket>(
      *this, opened, handshake_of(request, engine::Transport::websocket, options()),
      core_.plain_websocket());
  auto& socket = *owned;
  plain_websockets_.emplace(&socket, std::move(owned));
  socket.open();
  if (!offer.unread.empty()) opened.take(std::move(offer.unread));
}

void Shard::on_http_end(net::HttpConnection& connection) {
  if (connection.requests() == 0) no_longer_silent(connection);
  http_.erase(connection.serial());
}

void Shard::no_longer_silent(const net::HttpConnection& connection) {
  if (!connection.internal())
    core_.silent().leave(core_.account_of(connection.address(), std::nullopt));
}

void Shard::respond(std::uint64_t serial, HttpResponse response) {
  const auto found = http_.find(serial);
  if (found != http_.end()) found->second->respond(std::move(response));
}

void Shard::answer(const HttpExchange& exchange, HttpResponse response) {
  core_.answer(exchange, std::move(response));
}

void Shard::answer_error(const HttpExchange& exchange, engine::HandshakeError error) {
  HttpResponse response;
  response.status = static_cast<int>(engine::http_status(error));
  response.headers = {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}};
  response.body = engine::json_body(error);
  answer(exchange, std::move(response));
}

Session& Shard::add_session(std::unique_ptr<Session> session) {
  Session& added = *session;
  sessions_.emplace(added.sid(), std::move(session));
  counters_.sessions_opened.add();
  counters_.sessions.add();
  return added;
}

Session* Shard::find_session(std::string_view sid) const {
  const auto found = sessions_.find(sid);
  return found == sessions_.end() ? nullptr : found->second.get();
}

void Shard::retire(Session& session) {
  const auto found = sessions_.find(session.sid());
  retired_sessions_.push_back(std::move(found->second));
  sessions_.erase(found);
  counters_.sessions.subtract();
}

ServerSocket& Shard::retire(std::unique_ptr<ServerSocket> socket) {
  retired_sockets_.push_back(std::move(socket));
  return *retired_sockets_.back();
}

void Shard::retire(PlainWebSocket& socket) {
  const auto found = plain_websockets_.find(&socket);
  retired_plain_websockets_.push_back(std::move(found->second));
  plain_websockets_.erase(found);
}

std::unique_ptr<MessageSink> Shard::new_sink(Session& session) {
  if (core_.plain_engine()) return std::make_unique<PlainSession>(session, core_.plain_engine());
  return std::make_unique<Client>(session, *this);
}

void Shard::note_failure(Errc error) {
  switch (error) {
    case Errc::ping_timeout: return counters_.ping_timeouts.add();
    case Errc::slow_reader:
      counters_.slow_readers.add();
      // One line a connection, which the peer pays for with a whole queue of unread bytes.
      if (options().log)
        options().log->write(Level::warning, "connection closed reason=slow_reader");
      return;
    default: return counters_.protocol_errors.add();
  }
}

// Ending a slow reader runs handlers, which may emit and make others slow.
void Shard::end_turn() {
  while (!slow_readers_.empty() || !polls_to_answer_.empty()) {
    for (Session* session : std::exchange(slow_readers_, {})) session->end_slow_reader();
    for (Session* session : std::exchange(polls_to_answer_, {})) session->flush_poll();
  }
  retired_sockets_.clear();
  retired_sessions_.clear();
  retired_plain_websockets_.clear();
  for (const auto& name : sockets_.drop_empty_namespaces())
    if (core_.cluster()) core_.cluster()->namespace_closed(name);
}

bool Shard::emit(ServerSocket& socket, std::string_view event, const PacketWriter::Values& values,
                 const EmitOptions& options) {
  if (!socket.is_connected()) return false;
  const bool remembers = recovery_.enabled() && !options.is_volatile;
  const auto offset = remembers ? core_.next_offset() : std::string();
  auto packet = core_.writer().event(socket.nsp().name, std::nullopt, event, values, offset);
  if (!options.compress) packet.send_plain();
  packet.conflate(socket.nsp().name, options.conflate_key);
  OutgoingEvent(packet, this->options().parser, offset).show(socket);
  if (!remembers) return socket.send(packet, options.is_volatile);
  auto delivery = std::make_shared<Delivery>();
  delivery->to.nsp = socket.nsp().name;
  delivery->to.rooms = {std::string(socket.id())};
  delivery->offset = offset;
  delivery->packet = packet;
  recovery_.remember(std::move(delivery), loop_.now());
  return socket.send(packet, false);
}

void Shard::deliver(const DeliveryPtr& delivery) {
  if (!delivery->offset.empty()) recovery_.remember(delivery, loop_.now());
  const auto* const nsp = sockets_.find_namespace(delivery->to.nsp);
  if (!nsp) return;
  const bool watched = static_cast<bool>(nsp->handlers->on_any_outgoing);
  OutgoingEvent event(delivery->packet, options().parser, delivery->offset);
  sockets_.for_each(delivery->to, [&](ServerSocket& socket) {
    if (watched) event.show(socket);
    socket.send(delivery->packet, delivery->is_volatile);
  });
}

void Shard::deliver_to(std::span<const std::uint64_t> serials, const Outgoing& packet,
                       const std::string& offset, bool is_volatile) {
  auto delivery = std::make_shared<Delivery>();
  OutgoingEvent event(packet, options().parser, offset);
  for (const auto serial : serials) {
    auto* const socket = sockets_.find(serial);
    if (!socket) continue;
    event.show(*socket);
    if (!offset.empty()) delivery->to.rooms.emplace_back(socket->id());
    socket->send(packet, is_volatile);
  }
  if (delivery->to.rooms.empty()) return;
  delivery->to.nsp = "/";
  delivery->packet = packet;
  delivery->offset = offset;
  recovery_.remember(std::move(delivery), loop_.now());
}

std::size_t Shard::deliver(const DeliveryPtr& delivery, std::uint64_t ack_id,
                           std::chrono::milliseconds timeout,
                           UniqueFunction<void(Result<Arguments>)> each) {
  const auto shared = std::make_shared<UniqueFunction<void(Result<Arguments>)>>(std::move(each));
  std::size_t asked = 0;
  OutgoingEvent event(delivery->packet, options().parser, {});
  sockets_.for_each(delivery->to, [&](ServerSocket& socket) {
    AckHandler handler = [shared](Result<Arguments> answer) { (*shared)(std::move(answer)); };
    event.show(socket);
    if (!socket.await_ack(ack_id, handler)) return;
    ++asked;
    if (socket.send(delivery->packet, false)) return expire_ack(socket, ack_id, timeout);
    socket.answered(ack_id, Errc::busy);
  });
  return asked;
}

void Shard::expire_ack(const ServerSocket& socket, std::uint64_t id,
                       std::chrono::milliseconds timeout) {
  loop_.run_after(timeout, [this, serial = socket.ref().serial, id] {
    if (auto* const waiting = sockets_.find(serial)) waiting->answered(id, Errc::timed_out);
  });
}

}  // namespace lectern::server
