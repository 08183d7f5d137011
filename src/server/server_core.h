#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <lectern/server.h>

#include "base/time.h"
#include "net/loop.h"
#include "server/delivery.h"
#include "server/http_exchange.h"
#include "server/origin.h"
#include "server/packet_writer.h"
#include "server/recovery.h"
#include "server/waiting_clients.h"

namespace lectern {

namespace server {

class Cluster;
class ServerSocket;
class Shard;

}  // namespace server

// What is behind Server: the shards, and the ways between them.
class ServerCore {
 public:
  explicit ServerCore(Options options);
  ~ServerCore();
  ServerCore(const ServerCore&) = delete;
  ServerCore& operator=(const ServerCore&) = delete;

  // As Server has them.
  Namespace& of(std::string_view name);
  Namespace& of_matching(NamespaceMatch match);
  MessageHandlers& plain_engine() { return plain_engine_; }
  MessageHandlers& plain_websocket() { return plain_websocket_; }
  void on_http(HttpHandler handler) { http_ = std::move(handler); }
  void on_silent_end(SilentEndHandler handler) { silent_end_ = std::move(handler); }
  std::vector<Endpoint> start();
  void reload_tls(const TlsOptions& tls);
  void refuse_sessions(bool refuse) { refusing_ = refuse; }
  void stop_accepting();
  void stop(std::chrono::milliseconds grace);
  unsigned shards() const { return options_.threads; }
  std::optional<unsigned> this_shard() const;
  void run_on(unsigned shard, Task task);
  void post(unsigned shard, Task task);
  bool try_run_on(unsigned shard, Task task);
  void run_after(unsigned shard, std::chrono::milliseconds delay, Task task);
  void server_side_emit(std::string_view nsp, std::string_view event,
                        const boost::json::array& arguments);
  void server_side_emit_with_ack(std::string_view nsp, std::string_view event,
                                 const boost::json::array& arguments,
                                 UniqueFunction<void(ServerSideAnswers)> handler);
  ServerStats stats() const;

  const Options& options() const { return options_; }
  const server::OriginRules& origins() const { return origins_; }
  const ServerClock& clock() const { return clock_; }
  server::WaitingClients& waiting() { return waiting_; }  // sessions without a CONNECT
  server::WaitingClients& silent() { return silent_; }    // connections without a request
  std::string account_of(const std::string& peer,
                         const std::optional<std::string>& forwarded_for) const;
  void log_refusal();  // for want of descriptors; one line in a while. Any shard
  bool refusing() const { return refusing_.load(std::memory_order_relaxed); }
  bool accepting() const { return accepting_.load(std::memory_order_relaxed); }
  SilentEndHandler& silent_end() { return silent_end_; }
  const server::PacketWriter& writer() const { return writer_; }
  // f(name, handlers) for the namespaces of of().
  template <class F>
  void for_each_namespace(F f) {
    for (auto& [name, handlers] : namespaces_) f(name, handlers);
  }
  // The handlers for a name that of() does not know; null when there are none.
  Namespace* match_namespace(std::string_view name, const boost::json::value& auth);
  // For an event to many sockets that asks for acknowledgements: beyond what the ids of one socket
  // come to.
  std::uint64_t next_broadcast_ack_id() {
    return next_ack_id_.fetch_add(1, std::memory_order_relaxed);
  }
  server::Shard& shard(unsigned index) { return *shards_[index]; }
  std::uint64_t sessions() const;  // of all shards
  net::Loop::Sends sends() const { return sends_; }
  // The other nodes; null when there are none.
  server::Cluster* cluster() { return cluster_.get(); }

  // Gives the answer on the shard that accepted the request, with its CORS headers. Any thread.
  void answer(const server::HttpExchange& exchange, HttpResponse response);
  void handle_http(server::HttpExchange exchange, HttpRequest request);

  // The continuation of a middleware.
  Next decision_about(SocketRef socket);
  Ack ack_for(const server::ServerSocket& socket, std::optional<std::uint64_t> id);
  void acknowledge(SocketRef socket, std::uint64_t id, const server::PacketWriter::Values& values);

  // The last argument of the next event that can be recovered; "" without recovery.
  std::string next_offset();
  // Keeps a socket that may come back, on the shard that its private id names.
  void keep_lost(const std::string& pid, server::LostSocket socket);

  void with_socket(SocketRef socket, UniqueFunction<void(Socket&)> f);
  // To the sockets that `delivery` means, on all shards.
  void deliver(const server::DeliveryPtr& delivery);
  void emit_to_sockets(std::span<const SocketRef> sockets, std::string_view event,
                       const boost::json::value& payload, const EmitOptions& options);

 private:
  std::string choose_send_path();
  void create_shards();

  const Options options_;
  const server::OriginRules origins_;
  ServerClock clock_;
  server::WaitingClients waiting_;
  server::WaitingClients silent_;
  std::atomic<SteadyClock::duration::rep> next_refusal_line_{0};
  HttpHandler http_;
  MessageHandlers plain_engine_;
  MessageHandlers plain_websocket_;
  SilentEndHandler silent_end_;
  struct Matching {
    NamespaceMatch match;
    Namespace handlers;
  };

  net::Loop::Sends sends_ = net::Loop::Sends::one_by_one;
  const server::PacketWriter writer_;
  std::map<std::string, Namespace, std::less<>> namespaces_;
  std::deque<Matching> matching_;
  std::atomic<std::uint64_t> next_ack_id_{std::uint64_t{1} << 32U};
  std::atomic<std::uint64_t> next_offset_{1};
  std::atomic<bool> accepting_{true};
  std::atomic<bool> refusing_{false};
  std::atomic<bool> stopped_{false};
  std::vector<std::unique_ptr<server::Shard>> shards_;
  std::vector<std::thread> threads_;
  std::unique_ptr<server::Cluster> cluster_;  // last: its thread posts to the shards
};

}  // namespace lectern
