#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <lectern/broadcast.h>
#include <lectern/unique_function.h>

#include "redis/broker.h"
#include "redis/classic.h"
#include "redis/classic_channels.h"

namespace lectern::server {

// What other nodes have answered to one question so far.
struct NodeAnswers {
  std::optional<std::size_t> nodes;  // that will answer; unknown until Redis has counted them
  std::size_t answered = 0;          // of them
  std::size_t clients = 0;           // whom they asked in turn
  std::vector<Arguments> of_clients;
  boost::json::array sockets;
  std::vector<boost::json::value> of_servers;
  std::optional<Errc> error;  // why it is over too early

  bool complete() const { return nodes && answered >= *nodes && of_clients.size() >= clients; }
};

// This node's questions to the others, until all have answered or the time is over.
//
// Redis counts the subscribers of the request channel: every node is one, and answers once.
// Everything on the broker's thread.
class OpenRequests {
 public:
  static constexpr std::size_t kMaxOpen = 10'000;  // more are refused: busy

  using Done = UniqueFunction<void(NodeAnswers)>;
  using Encode = UniqueFunction<std::string(std::string_view id)>;

  explicit OpenRequests(redis::Broker& broker) : broker_(broker) {}

  // `done` runs once: at once (unavailable, busy), when everybody has answered, or when `limit` is
  // over (timed_out). `encode` makes the request, once its id is known.
  void ask(const redis::ClassicChannels& channels, std::chrono::milliseconds limit, Encode encode,
           Done done);
  // The question is ours, so that it is not ours to answer.
  bool has(const std::string& id) const { return open_.contains(id); }
  // Of an answer that nobody waits for nothing is kept.
  void take(redis::Response response);

 private:
  struct Open {
    NodeAnswers answers;
    Done done;
  };

  void counted(const std::string& id, const Result<redis::Reply>& reply);
  void fail(const std::string& id, Errc error);
  void finish(const std::string& id);

  redis::Broker& broker_;
  std::unordered_map<std::string, Open> open_;
};

}  // namespace lectern::server
