#include "server/server_core.h"

#include <algorithm>
#include <cassert>
#include <stdexcept>
#include <utility>

#include <boost/json/value.hpp>

#include "net/listening_socket.h"
#include "protocol/encoder.h"
#include "server/session.h"
#include "server/session_id.h"
#include "server/shard.h"

namespace lectern {

using server::Shard;

namespace {

struct Here {
  const ServerCore* core = nullptr;
  unsigned shard = 0;
};
thread_local Here here;

// Answers 500 when whoever promised an answer forgot it.
class OwedReply {
 public:
  OwedReply(ServerCore& core, server::HttpExchange exchange)
      : core_(&core), exchange_(std::move(exchange)) {}
  OwedReply(OwedReply&& other) noexcept
      : core_(std::exchange(other.core_, nullptr)), exchange_(std::move(other.exchange_)) {}
  OwedReply& operator=(OwedReply&&) = delete;
  ~OwedReply() {
    HttpResponse response;
    response.status = 500;
    answer(std::move(response));
  }
  void operator()(HttpResponse response) { answer(std::move(response)); }

 private:
  void answer(HttpResponse response) {
    if (core_) std::exchange(core_, nullptr)->answer(exchange_, std::move(response));
  }

  ServerCore* core_;
  server::HttpExchange exchange_;
};

}  // namespace

ServerCore::ServerCore(Options options)
    : options_(std::move(options)),
      origins_(options_.allowed_origins),
      waiting_(options_.max_waiting, options_.max_waiting_per_address) {
  if (options_.threads < 1 || options_.threads > server::kMaxShards)
    throw std::invalid_argument("Options::threads is 1 to 256");
}

ServerCore::~ServerCore() { stop(std::chrono::milliseconds(0)); }

Namespace& ServerCore::of(std::string_view name) {
  if (auto* known = find_namespace(name)) return known->handlers;
  assert(shards_.empty());  // handlers are complete before start()
  const auto index = static_cast<std::uint32_t>(namespaces_.size());
  namespaces_.push_back({std::string(name), index, {}});
  return namespaces_.back().handlers;
}

server::NamespaceEntry* ServerCore::find_namespace(std::string_view name) {
  const auto found = std::find_if(namespaces_.begin(), namespaces_.end(),
                                  [name](const auto& entry) { return entry.name == name; });
  return found == namespaces_.end() ? nullptr : &*found;
}

std::vector<Endpoint> ServerCore::start() {
  std::vector<Endpoint> endpoints;
  create_shards();
  for (const Endpoint& wanted : options_.listen) {
    // What operators ask is little: one shard answers it.
    const unsigned count = wanted.internal ? 1 : options_.threads;
    const auto sockets = net::listen_on(wanted.address, wanted.port, count);
    for (unsigned i = 0; i < count; ++i) shards_[i]->listen(sockets.fds[i], wanted.internal);
    endpoints.push_back({wanted.address, sockets.port, wanted.internal});
  }
  for (unsigned i = 0; i < options_.threads; ++i) {
    threads_.emplace_back([this, i] {
      here = {this, i};
      shards_[i]->run();
    });
  }
  return endpoints;
}

void ServerCore::create_shards() {
  assert(shards_.empty());
  for (unsigned i = 0; i < options_.threads; ++i)
    shards_.push_back(std::make_unique<Shard>(*this, i));
}

void ServerCore::stop_accepting() {
  accepting_ = false;
  for (unsigned i = 0; i < shards_.size(); ++i)
    run_on(i, [this, i] { shards_[i]->stop_listening(); });
}

void ServerCore::stop(std::chrono::milliseconds grace) {
  if (stopped_) return;
  accepting_ = false;
  for (unsigned i = 0; i < threads_.size(); ++i)
    run_on(i, [this, i, grace] { shards_[i]->stop(grace); });
  for (auto& thread : threads_) thread.join();
  stopped_ = true;
}

std::optional<unsigned> ServerCore::this_shard() const {
  if (here.core != this) return std::nullopt;
  return here.shard;
}

void ServerCore::run_on(unsigned shard, Task task) {
  if (here.core == this && here.shard == shard) return task();
  post(shard, std::move(task));
}

void ServerCore::post(unsigned shard, Task task) {
  if (!stopped_) shards_[shard]->loop().post(std::move(task));
}

bool ServerCore::try_run_on(unsigned shard, Task task) {
  if (stopped_ || shards_[shard]->loop().mailbox_size() > Server::kMaxMailbox) return false;
  run_on(shard, std::move(task));
  return true;
}

void ServerCore::run_after(unsigned shard, std::chrono::milliseconds delay, Task task) {
  run_on(shard, [this, shard, delay, task = std::move(task)]() mutable {
    shards_[shard]->loop().run_after(delay, std::move(task));
  });
}

ServerStats ServerCore::stats() const {
  ServerStats sum;
  for (const auto& shard : shards_) {
    shard->counters().add_to(sum);
    sum.mailbox_depth += shard->loop().mailbox_size();
  }
  return sum;
}

std::uint64_t ServerCore::sessions() const {
  std::uint64_t sum = 0;
  for (const auto& shard : shards_) sum += shard->counters().sessions.get();
  return sum;
}

void ServerCore::answer(const server::HttpExchange& exchange, HttpResponse response) {
  origins_.add_headers(response, exchange.origin);
  if (here.core == this && here.shard == exchange.shard)
    return shards_[exchange.shard]->respond(exchange.serial, std::move(response));
  post(exchange.shard, [this, shard = exchange.shard, serial = exchange.serial,
                        response = std::move(response)]() mutable {
    shards_[shard]->respond(serial, std::move(response));
  });
}

void ServerCore::handle_http(server::HttpExchange exchange, HttpRequest request) {
  if (http_) return http_(std::move(request), OwedReply(*this, std::move(exchange)));
  HttpResponse response;
  response.status = 404;
  answer(exchange, std::move(response));
}

Next ServerCore::decision_about(SocketRef socket) {
  return [this, socket](std::optional<ConnectError> error) {
    run_on(socket.shard, [this, socket, error = std::move(error)] {
      auto* const found = shards_[socket.shard]->sockets().find(socket.serial);
      if (!found || !found->is_pending()) return;
      auto& client = found->session().client();
      return error ? client.refuse(*found, *error) : client.accept(*found);
    });
  };
}

Ack ServerCore::ack_for(const server::ServerSocket& socket, std::optional<std::uint64_t> id) {
  Ack ack;
  ack.server_ = this;
  ack.socket_ = socket.ref();
  ack.id_ = id;
  return ack;
}

void ServerCore::acknowledge(SocketRef socket, std::uint64_t id,
                             const boost::json::value& payload) {
  std::string args;
  protocol::append_json(args, payload);
  run_on(socket.shard, [this, socket, id, args = std::move(args)] {
    auto* const found = shards_[socket.shard]->sockets().find(socket.serial);
    if (!found || !found->settle_ack(id)) return;
    std::string text;
    protocol::encode_ack_json(text, protocol::Envelope::engine_message, found->nsp().name, id,
                              args);
    found->send(Frame::of_packet(text), false);
  });
}

void ServerCore::with_socket(SocketRef socket, UniqueFunction<void(Socket&)> f) {
  run_on(socket.shard, [this, socket, f = std::move(f)]() mutable {
    if (auto* const found = shards_[socket.shard]->sockets().find(socket.serial)) f(*found);
  });
}

void ServerCore::emit_to_room(std::uint32_t nsp, std::string_view room, const Frame& frame,
                              EmitOptions options, SocketRef except) {
  for (unsigned i = 0; i < shards_.size(); ++i) {
    if (here.core == this && here.shard == i) {
      shards_[i]->emit_to_room(nsp, room, frame, options.is_volatile, except);
      continue;
    }
    post(i, [this, i, nsp, name = std::string(room), frame, options, except] {
      shards_[i]->emit_to_room(nsp, name, frame, options.is_volatile, except);
    });
  }
}

void ServerCore::emit_to_all(std::uint32_t nsp, const Frame& frame, EmitOptions options) {
  for (unsigned i = 0; i < shards_.size(); ++i)
    run_on(i, [this, i, nsp, frame, options] {
      shards_[i]->emit_to_all(nsp, frame, options.is_volatile);
    });
}

void ServerCore::emit_to_sockets(std::span<const SocketRef> sockets, const Frame& frame,
                                 EmitOptions options) {
  std::vector<std::vector<std::uint64_t>> serials(shards_.size());
  for (const SocketRef& socket : sockets)
    if (socket.shard < serials.size()) serials[socket.shard].push_back(socket.serial);
  for (unsigned i = 0; i < serials.size(); ++i) {
    if (serials[i].empty()) continue;
    run_on(i, [this, i, mine = std::move(serials[i]), frame, options] {
      for (const auto serial : mine) shards_[i]->emit_to(serial, frame, options.is_volatile);
    });
  }
}

void Ack::operator()(const boost::json::value& payload) const {
  if (server_ && id_) server_->acknowledge(socket_, *id_, payload);
}

}  // namespace lectern
