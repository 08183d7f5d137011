#pragma once

#include <chrono>

namespace lectern::dial {

// The delays between attempts to reconnect: doubled each time from `first` up to `most`, and each
// moved at random by up to `jitter` of itself, so that clients which a restart has cut off do not
// come back in one moment. Never more than `most`.
// Source: the reconnection options of socket.io-client 4.
class Backoff {
 public:
  Backoff(std::chrono::milliseconds first, std::chrono::milliseconds most, double jitter)
      : first_(first), most_(most), jitter_(jitter) {}

  // The delay before the next attempt, which is counted. `random` is in [0, 1).
  std::chrono::milliseconds next(double random);

  unsigned attempts() const { return attempts_; }
  void reset() { attempts_ = 0; }

 private:
  std::chrono::milliseconds first_;
  std::chrono::milliseconds most_;
  double jitter_;
  unsigned attempts_ = 0;
};

}  // namespace lectern::dial
