#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include <lectern/server.h>

#include "redis/broker.h"
#include "redis/classic.h"

namespace lectern {
class ServerCore;
}

namespace lectern::server {

class OpenRequests;

// What a node counts of its cluster; ServerStats says what each number is.
struct ClusterCounters {
  std::atomic<std::uint64_t> out{0};
  std::atomic<std::uint64_t> in{0};
  std::atomic<std::uint64_t> dropped{0};
  std::atomic<std::uint64_t> malformed{0};
};

// What comes from other nodes: broadcasts and orders are carried out here, questions answered. On
// the broker's thread; what concerns sockets is posted to their shards.
//
// Anybody who reaches Redis can publish on these channels. What cannot be read is counted and
// dropped, and so is everything while a shard has more than Server::kMaxMailbox tasks waiting.
class ClusterInbox {
 public:
  struct Place {
    const std::string& nsp;
    Namespace& handlers;
    const std::string& response;  // the channel for answers
  };

  ClusterInbox(ServerCore& core, redis::Broker& broker, OpenRequests& requests,
               ClusterCounters& counters, const std::string& uid)
      : core_(core), broker_(broker), requests_(requests), counters_(counters), uid_(uid) {}

  void on_broadcast(const std::string& nsp, std::string_view message);
  void on_request(const Place& place, std::string_view message);
  void on_response(std::string_view message);

 private:
  class Question;

  template <class T>
  bool accepts(const Result<T>& read);
  void move(const Place& place, redis::Request request);
  void list(const Place& place, redis::Request request);
  void list_rooms(const Place& place, redis::Request request);
  void emit(const Place& place, redis::Request request);
  void ask(const Place& place, redis::Request request);
  // Any thread.
  void answer(const std::string& channel, std::string message);

  ServerCore& core_;
  redis::Broker& broker_;
  OpenRequests& requests_;
  ClusterCounters& counters_;
  const std::string& uid_;
};

}  // namespace lectern::server
