#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "gate/policy.h"

namespace lectern::app {

// How often each rule has refused something, for /metrics. Any thread; counting takes no lock.
class RuleCounts {
 public:
  static constexpr std::size_t kMost = 128;  // rules; those beyond count as "other"

  // Rules stay known for the life of the process, so that their numbers never go back.
  void know(const std::vector<gate::Rule>& rules);
  void refused(std::string_view rule);
  void write(std::string& out) const;  // Prometheus text

 private:
  struct Row {
    std::string name;
    std::atomic<std::uint64_t> count{0};
  };
  std::mutex mutex_;                  // of know()
  std::atomic<std::size_t> size_{0};  // the rows below it do not change any more
  std::array<Row, kMost> rows_;
  std::atomic<std::uint64_t> other_{0};
};

}  // namespace lectern::app
