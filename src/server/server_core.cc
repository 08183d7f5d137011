#include "server/server_core.h"

#include <algorithm>
#include <cassert>
#include <stdexcept>
#include <utility>

#include <boost/json/value.hpp>

#include <lectern/log_sink.h>

#include "base/contained.h"
#include "net/listening_socket.h"
#include "net/send_ring.h"
#include "net/tls_acceptor.h"
#include "server/client.h"
#include "server/cluster.h"
#include "server/session.h"
#include "server/session_id.h"
#include "server/shard.h"

namespace lectern {

using server::PacketWriter;
using server::Shard;

namespace {

constexpr std::chrono::seconds kRefusalLinePause{10};

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
      waiting_(options_.max_waiting, options_.max_waiting_per_address),
      silent_(options_.max_waiting, options_.max_waiting_per_address),
      writer_(options_.parser) {
  if (options_.threads < 1 || options_.threads > server::kMaxShards)
    throw std::invalid_argument("Options::threads is 1 to 256");
  if (!options_.redis.url.empty()) cluster_ = std::make_unique<server::Cluster>(*this);
}

ServerCore::~ServerCore() { stop(std::chrono::milliseconds(0)); }

Namespace& ServerCore::of(std::string_view name) {
  assert(shards_.empty());  // handlers are complete before start()
  return namespaces_[std::string(name)];
}

Namespace& ServerCore::of_matching(NamespaceMatch match) {
  assert(shards_.empty());
  matching_.push_back({std::move(match), {}});
  return matching_.back().handlers;
}

Namespace* ServerCore::match_namespace(std::string_view name, const boost::json::value& auth) {
  for (auto& rule : matching_)
    if (rule.match(name, auth)) return &rule.handlers;
  return nullptr;
}

// Tried once, so that one line can say it; each shard makes its own ring. Returns that line.
std::string ServerCore::choose_send_path() {
  if (options_.send_path == SendPath::one_by_one) return "sends go one by one, as configured";
  std::string reason;
  bool works = false;
  // Not on the caller's thread, whose system calls the end of a ring would interrupt.
  std::thread([&] { works = net::SendRing::make(reason) != nullptr; }).join();
  if (works) {
    sends_ = net::Loop::Sends::batched;
    return "sends go through io_uring";
  }
  if (options_.send_path == SendPath::io_uring)
    throw std::runtime_error("io_uring cannot be used: " + reason);
  return "sends go one by one, without io_uring: " + reason;
}

std::vector<Endpoint> ServerCore::start() {
  std::vector<Endpoint> endpoints;
  std::shared_ptr<const net::TlsAcceptor> tls;
  if (options_.tls) tls = std::make_shared<const net::TlsAcceptor>(*options_.tls);
  const auto send_path = choose_send_path();
  create_shards();
  for (const auto& shard : shards_) shard->use_tls(tls);
  if (cluster_) cluster_->start();
  std::uint16_t shared_port = 0;
  for (const Endpoint& wanted : options_.listen) {
    // What operators ask is little: one shard answers it.
    const unsigned count = wanted.internal ? 1 : options_.threads;
    const bool shares = wanted.port == 0 && !wanted.internal;
    const auto sockets = net::listen_on(wanted.address, shares ? shared_port : wanted.port, count);
    if (shares) shared_port = sockets.port;
    for (unsigned i = 0; i < count; ++i) shards_[i]->listen(sockets.fds[i], wanted.internal);
    endpoints.push_back({wanted.address, sockets.port, wanted.internal});
  }
  for (unsigned i = 0; i < options_.threads; ++i) {
    threads_.emplace_back([this, i] {
      here = {this, i};
      shards_[i]->run();
    });
  }
  if (options_.log && options_.log->enabled(Level::info))
    options_.log->write(Level::info, send_path);
  return endpoints;
}

void ServerCore::create_shards() {
  assert(shards_.empty());
  for (unsigned i = 0; i < options_.threads; ++i)
    shards_.push_back(std::make_unique<Shard>(*this, i));
}

void ServerCore::reload_tls(const TlsOptions& tls) {
  if (!options_.tls) throw std::logic_error("TLS cannot be switched on while the server runs");
  auto acceptor = std::make_shared<const net::TlsAcceptor>(tls);
  for (unsigned i = 0; i < shards_.size(); ++i)
    run_on(i, [this, i, acceptor] { shards_[i]->use_tls(acceptor); });
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
  if (cluster_) cluster_->stop();
  stopped_ = true;
}

std::optional<unsigned> ServerCore::this_shard() const {
  if (here.core != this) return std::nullopt;
  return here.shard;
}

void ServerCore::run_on(unsigned shard, Task task) {
  if (here.core == this && here.shard == shard) {
    contained(options_.log, task);
    return;
  }
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
    sum.connections += shard->loop().open_sockets();
    sum.mailbox_depth += shard->loop().mailbox_size();
    sum.queued_bytes.push_back(shard->loop().queued_bytes() + shard->counters().poll_bytes.get());
  }
  if (cluster_) cluster_->add_to(sum);
  return sum;
}

std::uint64_t ServerCore::sessions() const {
  std::uint64_t sum = 0;
  for (const auto& shard : shards_) sum += shard->counters().sessions.get();
  return sum;
}

std::string ServerCore::account_of(const std::string& peer,
                                   const std::optional<std::string>& forwarded_for) const {
  return options_.account_of ? options_.account_of(peer, forwarded_for) : peer;
}

void ServerCore::log_refusal() {
  const auto now = SteadyClock::now().time_since_epoch();
  auto next = next_refusal_line_.load(std::memory_order_relaxed);
  if (now.count() < next || options_.log == nullptr) return;
  // Whoever moves it on writes the line.
  const auto later = SteadyClock::duration(now + kRefusalLinePause).count();
  if (next_refusal_line_.compare_exchange_strong(next, later, std::memory_order_relaxed))
    options_.log->write(Level::error,
                        "connections are refused: the process has no descriptor left (raise its "
                        "limit of open files)");
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
  if (http_) {
    contained(options_.log,
              [&] { http_(std::move(request), OwedReply(*this, std::move(exchange))); });
    return;
  }
  HttpResponse response;
  response.status = 404;
  answer(exchange, std::move(response));
}

Next ServerCore::decision_about(SocketRef socket) {
  return [this, socket](std::optional<ConnectError> error) {
    run_on(socket.shard, [this, socket, error = std::move(error)] {
      auto* const found = shards_[socket.shard]->sockets().find(socket.serial);
      if (!found || !found->is_pending()) return;
      auto& client = found->client();
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
                             const PacketWriter::Values& values) {
  const auto send = [this, socket, id](const PacketWriter::Values& answer) {
    auto* const found = shards_[socket.shard]->sockets().find(socket.serial);
    if (!found || !found->settle_ack(id)) return;
    found->send(writer_.ack(found->nsp().name, id, answer), false);
  };
  if (here.core == this && here.shard == socket.shard) return send(values);
  post(socket.shard, [send, copy = values.copy()] { send(PacketWriter::Values(copy)); });
}

void ServerCore::with_socket(SocketRef socket, UniqueFunction<void(Socket&)> f) {
  run_on(socket.shard, [this, socket, f = std::move(f)]() mutable {
    auto* const found = shards_[socket.shard]->sockets().find(socket.serial);
    if (found) found->client().session().call([&] { f(*found); });
  });
}

void ServerCore::deliver(const server::DeliveryPtr& delivery) {
  for (unsigned i = 0; i < shards_.size(); ++i)
    run_on(i, [this, i, delivery] { shards_[i]->deliver(delivery); });
}

std::string ServerCore::next_offset() {
  if (options_.recovery.count() == 0) return {};
  return std::to_string(next_offset_.fetch_add(1, std::memory_order_relaxed));
}

void ServerCore::keep_lost(const std::string& pid, server::LostSocket socket) {
  const unsigned keeper = *server::shard_of(pid);
  run_on(keeper, [this, keeper, pid, socket = std::move(socket)] {
    auto& shard = *shards_[keeper];
    shard.recovery().keep(pid, socket, shard.loop().now());
  });
}

void ServerCore::emit_to_sockets(std::span<const SocketRef> sockets, std::string_view event,
                                 const boost::json::value& payload, const EmitOptions& options) {
  const auto offset = options.is_volatile ? std::string() : next_offset();
  auto packet = writer_.event("/", std::nullopt, event, PacketWriter::Values(payload), offset);
  if (!options.compress) packet.send_plain();
  packet.conflate("/", options.conflate_key);
  std::vector<std::vector<std::uint64_t>> serials(shards_.size());
  for (const SocketRef& socket : sockets)
    if (socket.shard < serials.size()) serials[socket.shard].push_back(socket.serial);
  for (unsigned i = 0; i < serials.size(); ++i) {
    if (serials[i].empty()) continue;
    run_on(i, [this, i, mine = std::move(serials[i]), packet, offset,
               is_volatile = options.is_volatile] {
      shards_[i]->deliver_to(mine, packet, offset, is_volatile);
    });
  }
}

void ServerCore::server_side_emit(std::string_view nsp, std::string_view event,
                                  const boost::json::array& arguments) {
  if (cluster_) cluster_->tell_servers(nsp, event, arguments);
}

void ServerCore::server_side_emit_with_ack(std::string_view nsp, std::string_view event,
                                           const boost::json::array& arguments,
                                           UniqueFunction<void(ServerSideAnswers)> handler) {
  const unsigned home = this_shard().value_or(0);
  const auto answer = [this, home](auto call, ServerSideAnswers answers) {
    run_on(home, [call = std::move(call), answers = std::move(answers)]() mutable {
      call(std::move(answers));
    });
  };
  if (!cluster_) return answer(std::move(handler), {});
  cluster_->ask_servers(nsp, event, arguments,
                        [answer, call = std::move(handler)](server::NodeAnswers answers) mutable {
                          answer(std::move(call), {std::move(answers.of_servers), answers.error});
                        });
}

void Ack::operator()(const boost::json::value& payload) const {
  if (server_ && id_) server_->acknowledge(socket_, *id_, PacketWriter::Values(payload));
}

void Ack::reply(const Arguments& arguments) const {
  if (server_ && id_) server_->acknowledge(socket_, *id_, PacketWriter::Values(arguments));
}

}  // namespace lectern
