#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "app/config.h"

namespace lectern::app {

// Bytes of resident memory from which on the server behaves otherwise; 0: none.
struct MemoryLimits {
  std::int64_t soft = 0;  // caches are shed
  std::int64_t hard = 0;  // connections are refused
};

// What the kernel grants this process's control group (cgroup v2 or v1), the least of it and all
// above it. Nullopt: no limit. `root` is "" but for tests.
std::optional<std::int64_t> control_group_limit(const std::string& root = "");

// What is configured, and never more than the control group grants: the kernel kills at its limit,
// so caches go at four fifths of it and connections at nineteen twentieths.
MemoryLimits memory_limits(const Config::Memory& config, std::optional<std::int64_t> control_group);

// Bytes of memory that the process holds.
std::int64_t resident_bytes();

// For how long messages may stay in memory when the soft limit was passed at that many checks in a
// row, 1 or more: halved each time, so that pressure that stays takes everything in the end.
std::int64_t history_age_under_pressure(std::int64_t history_age_ms, unsigned checks);

}  // namespace lectern::app
