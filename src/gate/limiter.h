#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/time.h"

namespace lectern::gate {

// The answer to one request. L8.
struct Verdict {
  bool allowed = true;
  std::uint32_t remaining = std::numeric_limits<std::uint32_t>::max();  // after this request
  TimeMs reset_time = 0;            // refused: when this request would be accepted; allowed: when
                                    // the oldest counted request stops counting
  std::int64_t retry_after_ms = 0;  // refused: reset_time - now, at least 1
};

// Times of the requests of one key within the window: a sliding log, so no window of `window_ms`
// ever holds more than `max` accepted requests. Above kExact requests neighbours share an entry
// that counts as old as its newest, which can only refuse sooner.
class SlidingLog {
 public:
  static constexpr std::uint32_t kExact = 1024;  // entries at most, 8 bytes each

  // `max` > 0. A `now` before an earlier one counts as that one.
  Verdict peek(std::int64_t window_ms, std::uint32_t max, TimeMs now);
  void record(std::uint32_t max, TimeMs now);
  bool idle(std::int64_t window_ms, TimeMs now) const;
  std::size_t capacity() const { return ring_.size(); }

 private:
  std::uint32_t count(std::uint32_t per_entry) const;
  void grow(std::size_t most);

  std::vector<TimeMs> ring_;  // allocated on the first record, doubled up to its bound
  std::uint32_t head_ = 0;    // oldest entry
  std::uint32_t entries_ = 0;
  std::uint32_t newest_holds_ = 0;  // requests in the newest entry; all others are full
};

// One rule's logs by key (user id, address, room id …). A key costs nothing before its first
// record() and nothing after it was idle for a window and sweep() passed. Pure; one thread.
class Limiter {
 public:
  // `max` 0 allows everything and remembers nothing.
  Limiter(std::int64_t window_ms, std::uint32_t max) : window_ms_(window_ms), max_(max) {}

  // What check() would say; `remaining` is as if the request were accepted.
  Verdict peek(std::string_view key, TimeMs now);
  // Counts a request without asking.
  void record(std::string_view key, TimeMs now);
  // Counts the request when it is allowed; a refused one leaves no trace.
  Verdict check(std::string_view key, TimeMs now);
  // Forgets a key, e.g. failed logins after a good one.
  void forget(std::string_view key);

  // Frees the keys whose requests are all out of the window. Visits every key: call it about once
  // per window.
  void sweep(TimeMs now);
  std::size_t keys() const { return logs_.size(); }

  std::int64_t window_ms() const { return window_ms_; }
  std::uint32_t max() const { return max_; }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view key) const {
      return std::hash<std::string_view>{}(key);
    }
  };

  std::int64_t window_ms_;
  std::uint32_t max_;
  std::unordered_map<std::string, SlidingLog, Hash, std::equal_to<>> logs_;
};

}  // namespace lectern::gate
