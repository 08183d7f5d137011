#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "app/config.h"

namespace lectern::app {

// What an acknowledgement promises; docs/durability.md.
struct Durability {
  std::string mode;                         // "sync", "interval:<ms>" or, in memory, "none"
  std::optional<std::int64_t> may_lose_ms;  // of what was acknowledged, in a failure of power
  std::string warning;                      // for the log, at the start; empty: nothing may be lost
};

Durability durability_of(const Config::Store& store);

}  // namespace lectern::app
