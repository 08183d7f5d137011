#include "gate/shared_limits.h"

#include <algorithm>

namespace lectern::gate {
namespace {

constexpr std::string_view kEverybody = "global";

}  // namespace

SharedLimits::SharedLimits(const std::vector<Rule>& rules)
    : global_(rules, Scope::global), ip_(rules, Scope::ip) {
  note_rules(rules);
}

void SharedLimits::note_rules(const std::vector<Rule>& rules) {
  any_ = std::any_of(rules.begin(), rules.end(), [](const Rule& rule) {
    return (rule.scope == Scope::global || rule.scope == Scope::ip) && rule.max > 0 &&
           !rule.events.empty();
  });
}

std::optional<LimitRefusal> SharedLimits::admit(std::string_view event, std::string_view address,
                                                TimeMs now) {
  if (!any()) return std::nullopt;
  const std::lock_guard lock(mutex_);
  auto refusal = global_.refusal(event, kEverybody, now);
  if (!address.empty()) {
    auto by_address = ip_.refusal(event, address, now);
    if (by_address && (!refusal || refusal->reset_time < by_address->reset_time)) {
      refusal = std::move(by_address);
    }
  }
  if (refusal) return refusal;
  global_.count(event, kEverybody, now);
  if (!address.empty()) ip_.count(event, address, now);
  return std::nullopt;
}

void SharedLimits::replace_rules(const std::vector<Rule>& rules) {
  const std::lock_guard lock(mutex_);
  global_.replace_rules(rules);
  ip_.replace_rules(rules);
  note_rules(rules);
}

void SharedLimits::sweep(TimeMs now) {
  const std::lock_guard lock(mutex_);
  global_.sweep(now);
  ip_.sweep(now);
}

std::size_t SharedLimits::keys() const {
  const std::lock_guard lock(mutex_);
  return global_.keys() + ip_.keys();
}

}  // namespace lectern::gate
