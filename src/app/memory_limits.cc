#include "app/memory_limits.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <string_view>

namespace lectern::app {
namespace {

constexpr std::int64_t kMegabyte = 1024 * 1024;
// Version 1 says "none" with the largest multiple of a page.
constexpr std::int64_t kNoLimit = std::int64_t{1} << 60;

std::optional<std::int64_t> read_limit(const std::string& file) {
  std::ifstream in(file);
  std::string text;
  if (!(in >> text)) return std::nullopt;
  std::int64_t limit = 0;
  const auto* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, limit);
  if (parsed.ec != std::errc{} || parsed.ptr != end || limit >= kNoLimit) return std::nullopt;
  return limit;
}

// The least of the limits of the group and those above it.
std::optional<std::int64_t> least_limit(const std::string& mount, std::string path,
                                        const char* file) {
  std::optional<std::int64_t> least;
  while (true) {
    const auto limit = read_limit(mount + path + "/" + file);
    if (limit && (!least || *limit < *least)) least = limit;
    if (path.empty() || path == "/") return least;
    path.erase(path.rfind('/'));
  }
}

bool names_memory(std::string_view controllers) {
  while (!controllers.empty()) {
    const auto comma = controllers.find(',');
    if (controllers.substr(0, comma) == "memory") return true;
    if (comma == controllers.npos) return false;
    controllers.remove_prefix(comma + 1);
  }
  return false;
}

}  // namespace

std::optional<std::int64_t> control_group_limit(const std::string& root) {
  std::ifstream groups(root + "/proc/self/cgroup");
  std::string line;
  std::optional<std::int64_t> least;
  while (std::getline(groups, line)) {  // "0::/path", or of version 1 "4:memory:/path"
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (first == line.npos || second == line.npos) continue;
    const auto controllers = std::string_view(line).substr(first + 1, second - first - 1);
    const auto path = line.substr(second + 1);
    std::optional<std::int64_t> limit;
    if (controllers.empty()) {
      limit = least_limit(root + "/sys/fs/cgroup", path, "memory.max");
    } else if (names_memory(controllers)) {
      limit = least_limit(root + "/sys/fs/cgroup/memory", path, "memory.limit_in_bytes");
    }
    if (limit && (!least || *limit < *least)) least = limit;
  }
  return least;
}

MemoryLimits memory_limits(const Config::Memory& config,
                           std::optional<std::int64_t> control_group) {
  MemoryLimits limits{config.soft_limit_mb * kMegabyte, config.hard_limit_mb * kMegabyte};
  if (!control_group) return limits;
  const auto hard = *control_group / 20 * 19;
  limits.hard = limits.hard == 0 ? hard : std::min(limits.hard, hard);
  if (limits.soft != 0) limits.soft = std::min(limits.soft, *control_group / 5 * 4);
  return limits;
}

std::int64_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::int64_t size = 0;
  std::int64_t resident = 0;
  statm >> size >> resident;
  return resident * ::sysconf(_SC_PAGESIZE);
}

std::int64_t history_age_under_pressure(std::int64_t history_age_ms, unsigned checks) {
  const unsigned halvings = checks - 1;
  return halvings >= 63 ? 0 : history_age_ms >> halvings;
}

}  // namespace lectern::app
