#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace lectern::store {

// What a look at all of a store found.
struct Findings {
  static constexpr std::size_t kMostDamage = 100;  // lines; the rest is not looked for

  std::uint64_t events = 0;      // whole ones
  std::uint64_t aggregates = 0;  // that have such events
  std::vector<std::string> damage;
};

// Reads the whole database file: SQLite's own check of its structure, the format, the checksum of
// every event, and that positions ascend and versions count from 1 in every aggregate. The file may
// be in use by a server. What is damaged is said and passed by; throws DatabaseError when the file
// cannot be opened at all.
Findings verify(const std::string& file);

}  // namespace lectern::store
