#pragma once

#include <cstddef>
#include <mutex>
#include <string>
#include <unordered_map>

namespace lectern::server {

// How many sessions have not sent their CONNECT yet, in all and by address: they cost memory and
// nobody knows whose they are. Any thread; the lock is taken twice per connection, not per message.
class WaitingClients {
 public:
  WaitingClients(std::size_t max, std::size_t max_per_address)
      : max_(max), max_per_address_(max_per_address) {}

  // False when there are too many; else leave() follows once.
  [[nodiscard]] bool enter(const std::string& address);
  void leave(const std::string& address);

 private:
  const std::size_t max_;
  const std::size_t max_per_address_;
  std::mutex mutex_;  // guards what follows
  std::size_t all_ = 0;
  std::unordered_map<std::string, std::size_t> by_address_;
};

}  // namespace lectern::server
