#include "store/erase.h"

#include <utility>
#include <vector>

#include <sqlite3.h>

#include "store/database.h"
#include "store/event_rows.h"
#include "store/schema.h"

namespace lectern::store {
namespace {

constexpr std::size_t kPage = 512;

std::uint64_t redact_events(Database& database, const Redact& redact) {
  EventReads reads(database);
  Statement update(database, "UPDATE events SET payload = ?, checksum = ? WHERE position = ?");
  std::uint64_t redacted = 0;
  for (std::uint64_t from = 1; from > 0;) {
    std::vector<events::DomainEvent> page;
    if (!reads.read_all(from, kPage, page)) {
      throw DatabaseError(SQLITE_CORRUPT, "an event is damaged; see lectern verify");
    }
    for (events::DomainEvent& event : page) {
      auto payload = redact(event);
      if (!payload) continue;
      event.payload = std::move(*payload);
      update(event.payload, checksum_of(event), event.position).run();
      ++redacted;
    }
    from = page.size() == kPage ? page.back().position + 1 : 0;
  }
  return redacted;
}

void erase_rows(Database& database, const std::string& user_id, TimeMs now) {
  for (const char* sql :
       {"DELETE FROM known_addresses WHERE user_id = ?",
        "DELETE FROM refresh_tokens WHERE user_id = ?", "DELETE FROM accounts WHERE user_id = ?",
        "UPDATE audit SET detail = '', address = '' WHERE ?1 IN (actor, subject)"}) {
    Statement statement(database, sql);
    statement(user_id).run();
  }
  Statement raise(database,
                  "INSERT INTO user_epochs VALUES (?, 1, ?) ON CONFLICT (user_id) "
                  "DO UPDATE SET epoch = epoch + 1, raised_at = excluded.raised_at");
  raise(user_id, now).run();
}

}  // namespace

std::uint64_t erase_user(const std::string& file, const std::string& user_id, const Redact& redact,
                         TimeMs now) {
  Database database(file);
  prepare_for_writing(database, file);
  database.execute("PRAGMA secure_delete = ON; BEGIN IMMEDIATE");
  const auto redacted = redact_events(database, redact);
  erase_rows(database, user_id, now);
  // The write-ahead log would keep the rows as they were until it is used again.
  database.execute("COMMIT; PRAGMA wal_checkpoint(TRUNCATE)");
  return redacted;
}

}  // namespace lectern::store
