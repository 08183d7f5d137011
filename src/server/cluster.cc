#include "server/cluster.h"

#include <future>
#include <memory>
#include <stdexcept>
#include <utility>

#include "server/server_core.h"
#include "server/session_id.h"

namespace lectern::server {
namespace {

redis::Url url_of(const Options& options) {
  auto url = redis::parse_url(options.redis.url);
  // Without the text, which may hold a password.
  if (!url)
    throw std::invalid_argument(
        "Options::redis.url is redis://[[user]:password@]host[:port][/database]");
  return *std::move(url);
}

redis::Target target_of(const Selection& to) { return {to.rooms, to.except_rooms}; }

redis::EventView view_of(std::string_view event, const PacketWriter::Values& values) {
  return {event, values.values, values.attachments};
}

void nothing() {}

}  // namespace

Cluster::Cluster(ServerCore& core)
    : core_(core),
      uid_(new_socket_id()),
      broker_(url_of(core.options()), core.options().log),
      requests_(broker_),
      inbox_(core, broker_, requests_, counters_, uid_) {}

void Cluster::start() {
  core_.for_each_namespace(
      [this](const std::string& name, Namespace& handlers) { open(name, handlers); });
  const auto first = std::make_shared<std::promise<void>>();
  auto available = first->get_future();
  broker_.on_available([first, told = false]() mutable {
    if (!std::exchange(told, true)) first->set_value();
  });
  broker_.start();
  available.wait_for(core_.options().redis.requests_timeout);
}

void Cluster::namespace_opened(std::string_view name, Namespace& handlers) {
  broker_.post([this, name = std::string(name), &handlers] { open(name, handlers); });
}

void Cluster::namespace_closed(std::string_view name) {
  broker_.post([this, name = std::string(name)] { close(name); });
}

void Cluster::open(const std::string& name, Namespace& handlers) {
  auto found = members_.find(name);
  if (found == members_.end()) {
    found = members_.emplace(name, Member{channels_of(name), &handlers}).first;
    const auto& channels = found->second.channels;
    const auto on_response = [this](std::string_view, std::string_view message) {
      inbox_.on_response(message);
    };
    auto& subscriber = broker_.subscriber();
    subscriber.subscribe_pattern(
        channels.pattern, [this, name](auto, auto message) { inbox_.on_broadcast(name, message); });
    subscriber.subscribe(channels.request,
                         [this, name, &handlers, response = channels.response](auto, auto message) {
                           inbox_.on_request({name, handlers, response}, message);
                         });
    subscriber.subscribe(channels.response, on_response);
    subscriber.subscribe(channels.own_response, on_response);
  }
  ++found->second.shards;
}

void Cluster::close(const std::string& name) {
  const auto found = members_.find(name);
  if (found == members_.end() || --found->second.shards > 0) return;
  const auto& channels = found->second.channels;
  broker_.subscriber().unsubscribe_pattern(channels.pattern);
  for (const auto* channel : {&channels.request, &channels.response, &channels.own_response})
    broker_.subscriber().unsubscribe(*channel);
  members_.erase(found);
}

redis::ClassicChannels Cluster::channels_of(std::string_view nsp) const {
  return {core_.options().redis.key, nsp, uid_};
}

bool Cluster::can_say() {
  if (broker_.available() && broker_.size() <= Server::kMaxMailbox) return true;
  counters_.dropped.fetch_add(1, std::memory_order_relaxed);
  return false;
}

void Cluster::publish(const std::string& channel, const std::string& message, Task done) {
  broker_.commands().send(
      {"PUBLISH", channel, message}, [this, done = std::move(done)](const auto& reply) mutable {
        (reply ? counters_.out : counters_.dropped).fetch_add(1, std::memory_order_relaxed);
        done();
      });
}

void Cluster::broadcast(const Selection& to, bool is_volatile, std::string_view event,
                        const PacketWriter::Values& values) {
  if (!can_say()) return;
  auto message =
      redis::encode_broadcast(uid_, to.nsp, target_of(to), is_volatile, view_of(event, values));
  auto channel = redis::broadcast_channel(core_.options().redis.key, to.nsp, to.rooms);
  broker_.post([this, channel = std::move(channel), message = std::move(message)] {
    publish(channel, message, nothing);
  });
}

void Cluster::say(std::string_view nsp, std::string message, Task done) {
  if (!can_say()) return broker_.post(std::move(done));
  broker_.post([this, channel = channels_of(nsp).request, message = std::move(message),
                done = std::move(done)]() mutable { publish(channel, message, std::move(done)); });
}

void Cluster::join(const Selection& to, std::string_view room, Task done) {
  say(to.nsp, redis::encode_join(uid_, target_of(to), room), std::move(done));
}

void Cluster::leave(const Selection& to, std::string_view room, Task done) {
  say(to.nsp, redis::encode_leave(uid_, target_of(to), room), std::move(done));
}

void Cluster::disconnect(const Selection& to, bool close_connection, Task done) {
  say(to.nsp, redis::encode_disconnect(uid_, target_of(to), close_connection), std::move(done));
}

void Cluster::tell_servers(std::string_view nsp, std::string_view event,
                           const boost::json::array& arguments) {
  say(nsp, redis::encode_server_side_emit(uid_, "", event, arguments), nothing);
}

void Cluster::ask(std::string_view nsp, std::chrono::milliseconds limit,
                  OpenRequests::Encode encode, OpenRequests::Done done) {
  broker_.post([this, nsp = std::string(nsp), limit, encode = std::move(encode),
                done = std::move(done)]() mutable {
    const auto found = members_.find(nsp);
    if (found == members_.end()) return done({});
    requests_.ask(found->second.channels, limit, std::move(encode), std::move(done));
  });
}

void Cluster::fetch(const Selection& to, OpenRequests::Done done) {
  ask(
      to.nsp, core_.options().redis.requests_timeout,
      [this, target = target_of(to)](std::string_view id) {
        return redis::encode_fetch(uid_, id, target);
      },
      std::move(done));
}

void Cluster::ask_clients(const Selection& to, std::string_view event,
                          const PacketWriter::Values& values, std::chrono::milliseconds timeout,
                          OpenRequests::Done done) {
  ask(
      to.nsp, timeout,
      [this, nsp = to.nsp, target = target_of(to), name = std::string(event),
       arguments = values.copy(), timeout](std::string_view id) {
        return redis::encode_question(uid_, id, nsp, target, timeout,
                                      view_of(name, PacketWriter::Values(arguments)));
      },
      std::move(done));
}

void Cluster::ask_servers(std::string_view nsp, std::string_view event,
                          const boost::json::array& arguments, OpenRequests::Done done) {
  ask(
      nsp, core_.options().redis.requests_timeout,
      [this, name = std::string(event), arguments](std::string_view id) {
        return redis::encode_server_side_emit(uid_, id, name, arguments);
      },
      std::move(done));
}

void Cluster::add_to(ServerStats& sum) const {
  sum.clustered = true;
  sum.cluster_out += counters_.out.load(std::memory_order_relaxed);
  sum.cluster_in += counters_.in.load(std::memory_order_relaxed);
  sum.cluster_dropped += counters_.dropped.load(std::memory_order_relaxed);
  sum.cluster_malformed += counters_.malformed.load(std::memory_order_relaxed);
  sum.cluster_available = broker_.available();
}

}  // namespace lectern::server
