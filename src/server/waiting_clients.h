#pragma once

#include <cstddef>
#include <mutex>
#include <string>
#include <unordered_map>

namespace lectern::server {

// How many clients have not said yet what they want (sessions without a CONNECT, connections
// without a request), in all and by address: they cost memory and nobody knows whose they are. The
// address
// "" is nobody's and has no bound of its own. Any thread; the lock is taken twice per connection,
// not per message.
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
