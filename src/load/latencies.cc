#include "load/latencies.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace lectern::load {

void Latencies::add(std::chrono::nanoseconds latency) {
  using std::chrono::microseconds;
  const auto counted = std::clamp(std::chrono::ceil<microseconds>(latency), microseconds(0),
                                  std::chrono::duration_cast<microseconds>(std::chrono::hours(1)));
  const auto us = static_cast<std::uint64_t>(counted.count());
  const auto bits = static_cast<unsigned>(std::bit_width(us));
  const unsigned shift = bits > kFineBits + 1 ? bits - kFineBits - 1 : 0;
  ++counts_[(std::size_t{shift} << kFineBits) + (us >> shift)];
  ++count_;
}

double Latencies::value(double share) const {
  const auto wanted = std::max<std::uint64_t>(
      1, static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_))));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    seen += counts_[i];
    if (seen < wanted) continue;
    const auto shift = i < (2U << kFineBits) ? 0 : (i >> kFineBits) - 1;
    const auto least = (i - (shift << kFineBits)) << shift;
    return static_cast<double>(least + (std::uint64_t{1} << shift) - 1) / 1000;
  }
  return 0;
}

}  // namespace lectern::load
