#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include <boost/json/array.hpp>

#include <lectern/server.h>

#include "redis/broker.h"
#include "redis/classic.h"
#include "redis/classic_channels.h"
#include "server/cluster_inbox.h"
#include "server/open_requests.h"
#include "server/packet_writer.h"

namespace lectern::server {

// This node's part in a cluster: tells the other nodes what concerns their sockets, and asks them.
// In the words of @socket.io/redis-adapter (redis/classic.h), over one Redis.
//
// Everything here may be called from any thread. What is said becomes bytes on the caller's thread
// and a task for the broker's, in order per caller, so that no shard waits. While Redis is away, or
// the broker has more than Server::kMaxMailbox tasks, what would be said is dropped and counted.
class Cluster {
 public:
  // Throws std::invalid_argument when Options::redis is none.
  explicit Cluster(ServerCore& core);

  // Before connections are accepted: begins, and returns when Redis can be used, or when
  // RedisOptions::requests_timeout is over.
  void start();
  // When no shard runs any more: what they said last still leaves.
  void stop() { broker_.stop(); }

  // A namespace of Server::of_matching() has its first socket on a shard, and its last.
  void namespace_opened(std::string_view name, Namespace& handlers);
  void namespace_closed(std::string_view name);

  void broadcast(const Selection& to, bool is_volatile, std::string_view event,
                 const PacketWriter::Values& values);
  // `done` runs on the broker's thread when the others are told, or cannot be.
  void join(const Selection& to, std::string_view room, Task done);
  void leave(const Selection& to, std::string_view room, Task done);
  void disconnect(const Selection& to, bool close_connection, Task done);

  // `done` runs on the broker's thread. A namespace that does not exist here has no answers.
  void fetch(const Selection& to, OpenRequests::Done done);
  void ask_clients(const Selection& to, std::string_view event, const PacketWriter::Values& values,
                   std::chrono::milliseconds timeout, OpenRequests::Done done);
  void ask_servers(std::string_view nsp, std::string_view event,
                   const boost::json::array& arguments, OpenRequests::Done done);
  void tell_servers(std::string_view nsp, std::string_view event,
                    const boost::json::array& arguments);

  void add_to(ServerStats& sum) const;

 private:
  struct Member {
    redis::ClassicChannels channels;
    Namespace* handlers;
    unsigned shards = 0;  // that have the namespace
  };

  bool can_say();
  // On the broker's thread.
  void open(const std::string& name, Namespace& handlers);
  void close(const std::string& name);
  void publish(const std::string& channel, const std::string& message, Task done);
  void say(std::string_view nsp, std::string message, Task done);
  void ask(std::string_view nsp, std::chrono::milliseconds limit, OpenRequests::Encode encode,
           OpenRequests::Done done);
  redis::ClassicChannels channels_of(std::string_view nsp) const;

  ServerCore& core_;
  const std::string uid_;
  redis::Broker broker_;
  OpenRequests requests_;
  std::unordered_map<std::string, Member> members_;
  ClusterCounters counters_;
  ClusterInbox inbox_;
};

}  // namespace lectern::server
