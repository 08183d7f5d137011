#include "app/rule_counts.h"

#include <algorithm>

namespace lectern::app {

void RuleCounts::know(const std::vector<gate::Rule>& rules) {
  const std::lock_guard lock(mutex_);
  for (const auto& rule : rules) {
    const auto size = size_.load();
    const bool known = std::any_of(rows_.begin(), rows_.begin() + static_cast<std::ptrdiff_t>(size),
                                   [&](const Row& row) { return row.name == rule.name; });
    if (known || size == kMost) continue;
    rows_[size].name = rule.name;
    size_.store(size + 1, std::memory_order_release);
  }
}

void RuleCounts::refused(std::string_view rule) {
  const auto size = size_.load(std::memory_order_acquire);
  for (std::size_t i = 0; i < size; ++i) {
    if (rows_[i].name != rule) continue;
    rows_[i].count.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  other_.fetch_add(1, std::memory_order_relaxed);
}

void RuleCounts::write(std::string& out) const {
  constexpr std::string_view kName = "lectern_limit_refused_total";
  out.append("# HELP ").append(kName).append(" Requests and attempts refused, by rule.\n# TYPE ");
  out.append(kName).append(" counter\n");
  const auto line = [&](std::string_view rule, std::uint64_t count) {
    out.append(kName).append("{rule=\"").append(rule).append("\"} ");
    out.append(std::to_string(count)).append("\n");
  };
  const auto size = size_.load(std::memory_order_acquire);
  for (std::size_t i = 0; i < size; ++i) line(rows_[i].name, rows_[i].count.load());
  line("other", other_.load());
}

}  // namespace lectern::app
