#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <lectern/server.h>

#include "base/frame.h"
#include "base/time.h"
#include "server/http_exchange.h"
#include "server/origin.h"
#include "server/waiting_clients.h"

namespace lectern {

namespace server {

class ServerSocket;
class Shard;

struct NamespaceEntry {
  std::string name;
  std::uint32_t index;
  Namespace handlers;
};

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
  void on_http(HttpHandler handler) { http_ = std::move(handler); }
  void on_silent_end(SilentEndHandler handler) { silent_end_ = std::move(handler); }
  std::vector<Endpoint> start();
  void stop_accepting();
  void stop(std::chrono::milliseconds grace);
  unsigned shards() const { return options_.threads; }
  std::optional<unsigned> this_shard() const;
  void run_on(unsigned shard, Task task);
  void post(unsigned shard, Task task);
  bool try_run_on(unsigned shard, Task task);
  void run_after(unsigned shard, std::chrono::milliseconds delay, Task task);
  ServerStats stats() const;

  const Options& options() const { return options_; }
  const server::OriginRules& origins() const { return origins_; }
  const ServerClock& clock() const { return clock_; }
  server::WaitingClients& waiting() { return waiting_; }
  bool accepting() const { return accepting_.load(std::memory_order_relaxed); }
  SilentEndHandler& silent_end() { return silent_end_; }
  std::size_t namespaces() const { return namespaces_.size(); }
  server::NamespaceEntry* find_namespace(std::string_view name);
  server::Shard& shard(unsigned index) { return *shards_[index]; }
  std::uint64_t sessions() const;  // of all shards

  // Gives the answer on the shard that accepted the request, with its CORS headers. Any thread.
  void answer(const server::HttpExchange& exchange, HttpResponse response);
  void handle_http(server::HttpExchange exchange, HttpRequest request);

  // The continuation of a middleware.
  Next decision_about(SocketRef socket);
  Ack ack_for(const server::ServerSocket& socket, std::optional<std::uint64_t> id);
  void acknowledge(SocketRef socket, std::uint64_t id, const boost::json::value& payload);

  void with_socket(SocketRef socket, UniqueFunction<void(Socket&)> f);
  // The frame is one packet of the namespace.
  void emit_to_room(std::uint32_t nsp, std::string_view room, const Frame& frame,
                    EmitOptions options, SocketRef except);
  void emit_to_sockets(std::span<const SocketRef> sockets, const Frame& frame, EmitOptions options);
  void emit_to_all(std::uint32_t nsp, const Frame& frame, EmitOptions options);

 private:
  void create_shards();

  const Options options_;
  const server::OriginRules origins_;
  ServerClock clock_;
  server::WaitingClients waiting_;
  HttpHandler http_;
  SilentEndHandler silent_end_;
  std::deque<server::NamespaceEntry> namespaces_;
  std::atomic<bool> accepting_{true};
  std::atomic<bool> stopped_{false};
  std::vector<std::unique_ptr<server::Shard>> shards_;
  std::vector<std::thread> threads_;
};

}  // namespace lectern
