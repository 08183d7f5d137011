#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "events/event_log.h"
#include "store/database.h"

namespace lectern::store {

// The CRC-32C that stands in an event's row: over aggregate, id (16 bytes each), position, version,
// timestamp, size of the type, size of the payload (8 bytes each, little endian), type, payload.
std::uint32_t checksum_of(const events::DomainEvent& event);

// The columns that event_of() reads, in its order.
inline constexpr std::string_view kEventColumns =
    "id, type, aggregate, payload, timestamp, version, position, checksum";

// The event in a query's present row, or nothing when it is not what was written. `position` is set
// in any case, so that the damage can be named.
std::optional<events::DomainEvent> event_of(const Query& query, std::uint64_t& position);

// Writes events into the table `events` of one connection. Throws DatabaseError.
class EventWrites {
 public:
  explicit EventWrites(Database& database);

  // Inside a transaction of the caller. What it remembers is true only once that is committed:
  // call forget() when it is not.
  events::AppendResult write(const events::Append& append);
  void forget();

 private:
  std::uint64_t& version_of(const Uuid& aggregate);
  std::uint64_t next_position();

  Statement insert_;
  Statement find_version_;
  Statement find_key_;
  Statement find_position_;
  std::unordered_map<Uuid, std::uint64_t> versions_;  // of the aggregates written to lately
  std::uint64_t last_position_ = 0;
  bool position_known_ = false;
};

// Reads events from one connection. Throws DatabaseError.
class EventReads {
 public:
  explicit EventReads(Database& database);

  // Append to `found`. False: the event after the last one found is damaged.
  bool read(const Uuid& aggregate, std::uint64_t from_version, std::size_t limit,
            std::vector<events::DomainEvent>& found);
  bool read_all(std::uint64_t from_position, std::size_t limit,
                std::vector<events::DomainEvent>& found);

 private:
  Statement of_aggregate_;
  Statement of_all_;
};

}  // namespace lectern::store
