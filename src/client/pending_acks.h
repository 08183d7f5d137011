#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include <lectern/client.h>

#include "base/time.h"
#include "client/budget.h"

namespace lectern::client {

// The acknowledgements that one socket awaits, by id, each with its time limit. Bounded by the
// budget that their charges come from.
class PendingAcks {
 public:
  struct Entry {
    AckHandler handler;
    Charge charge;
  };

  void add(std::uint64_t id, SteadyClock::time_point deadline, Entry entry);

  // Gives its place free. Empty for an id that is not awaited, or not any more.
  AckHandler take(std::uint64_t id);

  // Those that are not `kept`, by id.
  template <class Kept>
  std::vector<std::uint64_t> all_but(Kept kept) const {
    std::vector<std::uint64_t> ids;
    for (const auto& [deadline, id] : deadlines_)
      if (!kept(id)) ids.push_back(id);
    return ids;
  }

  // The first deadline, and an id that is over it.
  std::optional<SteadyClock::time_point> next() const;
  std::optional<std::uint64_t> expired(SteadyClock::time_point now) const;

 private:
  using Deadlines = std::multimap<SteadyClock::time_point, std::uint64_t>;
  struct Waiting {
    Entry entry;
    Deadlines::iterator deadline;
  };

  Deadlines deadlines_;
  std::unordered_map<std::uint64_t, Waiting> waiting_;
};

}  // namespace lectern::client
