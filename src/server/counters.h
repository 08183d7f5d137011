#pragma once

#include <atomic>
#include <cstdint>

#include <lectern/server.h>

namespace lectern::server {

// A number that one shard changes and any thread reads.
class Count {
 public:
  void add(std::uint64_t n = 1) {
    value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
  void subtract(std::uint64_t n = 1) { add(std::uint64_t{0} - n); }
  std::uint64_t get() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

// What one shard counts; ServerStats is the sum.
struct alignas(64) Counters {
  Count connections_accepted;
  Count connections_refused;
  Count sessions_opened;
  Count sessions;
  Count websocket_sessions;
  Count sockets;
  Count messages_in;
  Count messages_out;
  Count bytes_in;
  Count bytes_out;
  Count slow_readers;
  Count volatile_dropped;
  Count protocol_errors;
  Count ping_timeouts;

  void add_to(ServerStats& sum) const;
};

}  // namespace lectern::server
