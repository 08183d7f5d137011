#include <utility>

#include <boost/json/value.hpp>

#include <lectern/server.h>

#include "server/server_core.h"

namespace lectern {
Server::Server(Options options) : core_(std::make_unique<ServerCore>(std::move(options))) {}
Server::~Server() = default;

Namespace& Server::of(std::string_view name) { return core_->of(name); }
Namespace& Server::of_matching(NamespaceMatch match) {
  return core_->of_matching(std::move(match));
}
MessageHandlers& Server::engine() { return core_->plain_engine(); }
MessageHandlers& Server::websocket() { return core_->plain_websocket(); }
void Server::on_http(HttpHandler handler) { core_->on_http(std::move(handler)); }
void Server::on_silent_end(SilentEndHandler handler) { core_->on_silent_end(std::move(handler)); }

std::vector<Endpoint> Server::start() { return core_->start(); }
void Server::reload_tls(const TlsOptions& tls) { core_->reload_tls(tls); }
void Server::refuse_sessions(bool refuse) { core_->refuse_sessions(refuse); }
void Server::stop_accepting() { core_->stop_accepting(); }
void Server::stop(std::chrono::milliseconds grace) { core_->stop(grace); }

unsigned Server::shards() const { return core_->shards(); }
std::optional<unsigned> Server::this_shard() const { return core_->this_shard(); }
void Server::run_on(unsigned shard, Task task) { core_->run_on(shard, std::move(task)); }
void Server::post(unsigned shard, Task task) { core_->post(shard, std::move(task)); }
bool Server::try_run_on(unsigned shard, Task task) {
  return core_->try_run_on(shard, std::move(task));
}
void Server::run_after(unsigned shard, std::chrono::milliseconds delay, Task task) {
  core_->run_after(shard, delay, std::move(task));
}
void Server::with_socket(SocketRef socket, UniqueFunction<void(Socket&)> f) {
  core_->with_socket(socket, std::move(f));
}

Broadcast Server::broadcast(std::string_view nsp) { return Broadcast(*core_, nsp); }

void Server::emit_to_room(std::string_view nsp, std::string_view room, std::string_view event,
                          const boost::json::value& payload, const EmitOptions& options,
                          SocketRef except) {
  broadcast(nsp)
      .to(room)
      .except(except)
      .is_volatile(options.is_volatile)
      .compress(options.compress)
      .conflate(options.conflate_key)
      .emit(event, payload);
}

void Server::emit_to_socket(SocketRef socket, std::string_view event,
                            const boost::json::value& payload, const EmitOptions& options) {
  core_->with_socket(socket, [name = std::string(event), payload, options](Socket& target) {
    target.emit(name, payload, options);
  });
}

void Server::emit_to_sockets(std::span<const SocketRef> sockets, std::string_view event,
                             const boost::json::value& payload, const EmitOptions& options) {
  core_->emit_to_sockets(sockets, event, payload, options);
}

void Server::server_side_emit(std::string_view nsp, std::string_view event,
                              const boost::json::array& arguments) {
  core_->server_side_emit(nsp, event, arguments);
}

void Server::server_side_emit_with_ack(std::string_view nsp, std::string_view event,
                                       const boost::json::array& arguments,
                                       UniqueFunction<void(ServerSideAnswers)> handler) {
  core_->server_side_emit_with_ack(nsp, event, arguments, std::move(handler));
}

ServerStats Server::stats() const { return core_->stats(); }

}  // namespace lectern
