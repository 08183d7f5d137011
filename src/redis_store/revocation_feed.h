#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "identity/revocations.h"

namespace lectern::redis {

// Takes what other nodes revoke over into this node's Revocations, on a thread of its own.
//
// A word is what the scripts publish; after a gap, when words may have been missed, everything is
// read again. Words beyond kMaxWaiting become a gap. Any thread.
class RevocationFeed {
 public:
  static constexpr std::size_t kMaxWaiting = 10'000;

  // `load` reads everything into the Revocations; false: it could not, and is called again soon.
  // `changed` runs after each change. Both run on the feed's thread. `revocations` outlives this.
  RevocationFeed(identity::Revocations& revocations, std::function<bool()> load,
                 std::function<void()> changed);
  // Waits for what is running.
  ~RevocationFeed();
  RevocationFeed(const RevocationFeed&) = delete;
  RevocationFeed& operator=(const RevocationFeed&) = delete;

  void hear(std::string_view word);
  void hear_gap();

 private:
  void run();
  void take_over(std::string_view word);

  identity::Revocations& revocations_;
  const std::function<bool()> load_;
  const std::function<void()> changed_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable came_;
  std::vector<std::string> words_;
  bool gap_ = false;
  bool ending_ = false;
  std::thread thread_;  // last: it uses the others
};

}  // namespace lectern::redis
