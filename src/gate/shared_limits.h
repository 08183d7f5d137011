#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "gate/policy.h"

namespace lectern::gate {

// The limits of the scopes that no shard owns, global and ip, on event names: one count for all
// shards. Any thread. As delivered there is no such rule, and asking costs one load; where an
// operator made one, its events take a lock for the time of a look-up.
class SharedLimits {
 public:
  explicit SharedLimits(const std::vector<Rule>& rules);

  // False: admit() would let everything through.
  bool any() const { return any_.load(std::memory_order_relaxed); }

  // As ScopeLimits::admit(), under the rules of both scopes. An empty `address` is nobody's: the
  // rules by address let it through.
  std::optional<LimitRefusal> admit(std::string_view event, std::string_view address, TimeMs now);

  void replace_rules(const std::vector<Rule>& rules);
  void sweep(TimeMs now);  // about once a minute
  std::size_t keys() const;

 private:
  void note_rules(const std::vector<Rule>& rules);

  std::atomic<bool> any_{false};
  mutable std::mutex mutex_;  // guards what follows
  ScopeLimits global_;
  ScopeLimits ip_;
};

}  // namespace lectern::gate
