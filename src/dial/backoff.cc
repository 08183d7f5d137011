#include "dial/backoff.h"

#include <algorithm>
#include <cmath>

namespace lectern::dial {

std::chrono::milliseconds Backoff::next(double random) {
  // In double: 2^attempts does not overflow, it only grows beyond `most_`.
  const double most = static_cast<double>(most_.count());
  const double plain = std::min(
      std::ldexp(static_cast<double>(first_.count()), static_cast<int>(std::min(attempts_, 1000U))),
      most);
  ++attempts_;
  const double moved = plain * (1 + jitter_ * (2 * random - 1));
  return std::chrono::milliseconds(static_cast<std::int64_t>(std::clamp(moved, 0.0, most)));
}

}  // namespace lectern::dial
