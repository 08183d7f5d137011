#pragma once

#include <array>
#include <chrono>
#include <cstdint>

namespace lectern::load {

// Any number of latencies in little memory: what value() answers is at most 1.6 % too much.
class Latencies {
 public:
  // Less than nothing counts as nothing, more than an hour as an hour.
  void add(std::chrono::nanoseconds latency);

  std::uint64_t count() const { return count_; }

  // In milliseconds, the least that `share` (0 to 1) of all do not exceed; 0 when there are none.
  double value(double share) const;

 private:
  static constexpr unsigned kFineBits = 6;
  static constexpr unsigned kCoarse = 32;

  // Of microseconds: exact below 128, then 64 to each power of two.
  std::array<std::uint64_t, kCoarse << kFineBits> counts_{};
  std::uint64_t count_ = 0;
};

}  // namespace lectern::load
