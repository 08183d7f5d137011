#include "store/event_rows.h"

#include <array>
#include <limits>

#include "store/crc32c.h"

namespace lectern::store {
namespace {

// Beyond this many the versions are looked up again: one probe of an index.
constexpr std::size_t kMaxVersions = 65536;

struct Fields {
  const Uuid& aggregate;
  const Uuid& id;
  std::uint64_t position;
  std::uint64_t version;
  TimeMs timestamp;
  std::string_view type;
  std::string_view payload;
};

std::uint32_t checksum(const Fields& fields) {
  std::array<char, 72> head;
  auto out = head.begin();
  for (const auto byte : fields.aggregate.bytes) *out++ = static_cast<char>(byte);
  for (const auto byte : fields.id.bytes) *out++ = static_cast<char>(byte);
  for (const std::uint64_t number :
       {fields.position, fields.version, static_cast<std::uint64_t>(fields.timestamp),
        std::uint64_t{fields.type.size()}, std::uint64_t{fields.payload.size()}}) {
    for (int shift = 0; shift < 64; shift += 8) *out++ = static_cast<char>(number >> shift);
  }
  const auto crc = crc32c({head.data(), head.size()});
  return crc32c(fields.payload, crc32c(fields.type, crc));
}

std::int64_t as_limit(std::size_t limit) {
  constexpr auto kMost = std::size_t{std::numeric_limits<std::int64_t>::max()};
  return static_cast<std::int64_t>(limit < kMost ? limit : kMost);
}

// SQLite counts in signed numbers; what lies beyond them is beyond every row.
std::int64_t as_integer(std::uint64_t number) {
  return static_cast<std::int64_t>(number & std::numeric_limits<std::int64_t>::max()) |
         (number >> 63 ? std::numeric_limits<std::int64_t>::max() : 0);
}

std::string select(std::string_view which) {
  return "SELECT " + std::string(kEventColumns) + " FROM events " + std::string(which);
}

bool take(Query query, std::vector<events::DomainEvent>& found) {
  while (query.next()) {
    std::uint64_t position = 0;
    auto event = event_of(query, position);
    if (!event) return false;
    found.push_back(std::move(*event));
  }
  return true;
}

}  // namespace

std::uint32_t checksum_of(const events::DomainEvent& event) {
  return checksum({event.aggregate, event.id, event.position, event.version, event.timestamp,
                   event.type, event.payload});
}

std::optional<events::DomainEvent> event_of(const Query& query, std::uint64_t& position) {
  position = query.unsigned_integer(6);
  events::DomainEvent event{query.uuid(0), query.text(1),    query.uuid(2),
                            query.text(3), query.integer(4), query.unsigned_integer(5),
                            position};
  if (checksum_of(event) != query.integer(7)) return std::nullopt;
  return event;
}

EventWrites::EventWrites(Database& database)
    : insert_(database,
              "INSERT INTO events (position, aggregate, version, id, type, timestamp, payload, "
              "checksum, idempotency_key) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"),
      find_version_(database,
                    "SELECT version FROM events WHERE aggregate = ? ORDER BY version DESC LIMIT 1"),
      find_key_(database, "SELECT version FROM events WHERE aggregate = ? AND idempotency_key = ?"),
      find_position_(database, "SELECT max(position) FROM events") {}

void EventWrites::forget() {
  versions_.clear();
  position_known_ = false;
}

std::uint64_t& EventWrites::version_of(const Uuid& aggregate) {
  if (const auto known = versions_.find(aggregate); known != versions_.end()) return known->second;
  if (versions_.size() >= kMaxVersions) versions_.clear();
  Query query = find_version_(aggregate);
  const std::uint64_t version = query.next() ? query.unsigned_integer(0) : 0;
  return versions_.emplace(aggregate, version).first->second;
}

std::uint64_t EventWrites::next_position() {
  if (!position_known_) {
    Query query = find_position_();
    last_position_ = query.next() ? query.unsigned_integer(0) : 0;
    position_known_ = true;
  }
  return ++last_position_;
}

events::AppendResult EventWrites::write(const events::Append& append) {
  const std::string& key = append.idempotency_key;
  if (!key.empty()) {
    Query query = find_key_(append.aggregate, key);
    if (query.next()) return {{}, query.unsigned_integer(0), true};
  }
  std::uint64_t& version = version_of(append.aggregate);
  if (append.expected_version && *append.expected_version != version) {
    return {events::AppendError::conflict, version, false};
  }
  const std::uint64_t first = version + 1;
  for (const events::NewEvent& event : append.events) {
    const std::uint64_t position = next_position();
    ++version;
    const auto crc = checksum({append.aggregate, event.id, position, version, event.timestamp,
                               event.type, event.payload});
    if (version == first && !key.empty()) {
      insert_(position, append.aggregate, version, event.id, event.type, event.timestamp,
              event.payload, crc, key)
          .run();
    } else {
      insert_(position, append.aggregate, version, event.id, event.type, event.timestamp,
              event.payload, crc, nullptr)
          .run();
    }
  }
  return {{}, first, false};
}

EventReads::EventReads(Database& database)
    : of_aggregate_(database,
                    select("WHERE aggregate = ? AND version >= ? ORDER BY version LIMIT ?")),
      of_all_(database, select("WHERE position >= ? ORDER BY position LIMIT ?")) {}

bool EventReads::read(const Uuid& aggregate, std::uint64_t from_version, std::size_t limit,
                      std::vector<events::DomainEvent>& found) {
  return take(of_aggregate_(aggregate, as_integer(from_version), as_limit(limit)), found);
}

bool EventReads::read_all(std::uint64_t from_position, std::size_t limit,
                          std::vector<events::DomainEvent>& found) {
  return take(of_all_(as_integer(from_position), as_limit(limit)), found);
}

}  // namespace lectern::store
