#pragma once

#include <chrono>
#include <cstdint>

namespace lectern {

// Integer milliseconds since the Unix epoch: the form of every instant on the wire and in the log.
using TimeMs = std::int64_t;

using SteadyClock = std::chrono::steady_clock;

// The wall clock at construction plus the steady time since. A step of the system's clock does
// not move it, so deadlines hold; a restart anchors anew. Any thread.
class ServerClock {
 public:
  ServerClock()
      : wall_at_start_(std::chrono::duration_cast<std::chrono::milliseconds>(
                           std::chrono::system_clock::now().time_since_epoch())
                           .count()),
        steady_at_start_(SteadyClock::now()) {}

  TimeMs now() const { return at(SteadyClock::now()); }
  TimeMs at(SteadyClock::time_point instant) const {
    return wall_at_start_ +
           std::chrono::duration_cast<std::chrono::milliseconds>(instant - steady_at_start_)
               .count();
  }

 private:
  TimeMs wall_at_start_;
  SteadyClock::time_point steady_at_start_;
};

}  // namespace lectern
