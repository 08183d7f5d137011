#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include <lectern/server.h>

#include "app/failure.h"
#include "app/rule_counts.h"

namespace lectern::app {

// What the application counts, for /metrics. Any thread.
class Counters {
 public:
  static constexpr std::size_t kEvents = 24;

  Counters();

  void received(std::string_view event);  // names no client may send count as "unknown"
  void refused(const Failure& failure);

  RuleCounts rules;

  std::atomic<std::uint64_t> commits{0};
  std::atomic<std::uint64_t> failed_appends{0};
  std::atomic<std::uint64_t> memory_sheds{0};
  std::atomic<std::int64_t> rooms{0};
  std::atomic<std::int64_t> sleeping_rooms{0};

  // Prometheus text exposition format, version 0.0.4, of everything here.
  void write(std::string& out) const;

 private:
  struct Named {
    std::string_view name;
    std::atomic<std::uint64_t> count{0};
  };
  std::array<Named, kEvents> received_;
  std::array<Named, 32> refused_;
};

// Lines of the exposition format.
void write_metric(std::string& out, std::string_view name, std::string_view kind,
                  std::string_view about, double value);

// The counters of the transport.
void write_server_stats(std::string& out, const ServerStats& stats);

}  // namespace lectern::app
