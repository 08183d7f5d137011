#include "store/schema.h"

#include <sqlite3.h>

#include "store/checked_pages.h"

namespace lectern::store {
namespace {

// The rows of `events` are only ever added at the end; the index by aggregate and version is the
// last guard against two events of one version. `checksum` is described in event_rows.h.
constexpr const char* kTables = R"(
  CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE events (
    position INTEGER PRIMARY KEY,
    aggregate BLOB NOT NULL,
    version INTEGER NOT NULL,
    id BLOB NOT NULL,
    type TEXT NOT NULL,
    timestamp INTEGER NOT NULL,
    payload TEXT NOT NULL,
    checksum INTEGER NOT NULL,
    idempotency_key TEXT);
  CREATE UNIQUE INDEX events_by_version ON events (aggregate, version);
  CREATE UNIQUE INDEX events_by_key ON events (aggregate, idempotency_key)
    WHERE idempotency_key IS NOT NULL;
  CREATE TABLE accounts (
    user_id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE COLLATE NOCASE,
    role TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    disabled INTEGER NOT NULL,
    created_at INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE refresh_tokens (
    token_id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL,
    family TEXT NOT NULL,
    hash BLOB NOT NULL,
    epoch INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at INTEGER,
    successor TEXT) WITHOUT ROWID;
  CREATE INDEX refresh_tokens_by_family ON refresh_tokens (family);
  CREATE INDEX refresh_tokens_by_expiry ON refresh_tokens (expires_at);
  CREATE TABLE revoked_families (
    family TEXT PRIMARY KEY, expires_at INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE user_epochs (
    user_id TEXT PRIMARY KEY,
    epoch INTEGER NOT NULL,
    raised_at INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE revoked_tokens (jti TEXT PRIMARY KEY, expires_at INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE secrets (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
  INSERT INTO meta VALUES ('format', '1');
)";

// From format 1 to format 2: where accounts signed in, and the audit trail.
constexpr const char* kSecondFormat = R"(
  CREATE TABLE known_addresses (
    user_id TEXT NOT NULL,
    address BLOB NOT NULL,
    last_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, address)) WITHOUT ROWID;
  CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    type TEXT NOT NULL,
    actor TEXT NOT NULL,
    subject TEXT NOT NULL,
    address TEXT NOT NULL,
    detail TEXT NOT NULL);
  CREATE INDEX audit_by_type ON audit (type);
  UPDATE meta SET value = '2' WHERE name = 'format';
)";

// From format 2 to format 3: every page has a checksum (checked_pages.h). The tables are the same;
// rebuild_with_checksums() does the rest.
constexpr const char* kThirdFormat = "UPDATE meta SET value = '3' WHERE name = 'format'";

// The format is raised first, so that no older program writes pages without checksums in between;
// a start that was interrupted here goes on here. VACUUM writes every page into the write-ahead
// log, the checkpoint copies page 1 before the others.
void rebuild_with_checksums(Database& database) {
  database.execute("VACUUM; PRAGMA wal_checkpoint(TRUNCATE)");
}

bool has_meta(Database& database) {
  Statement find(database, "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'meta'");
  return find().next();
}

}  // namespace

int format_of(Database& database) {
  if (!has_meta(database)) return 0;
  Statement find(database, "SELECT value FROM meta WHERE name = 'format'");
  Query query = find();
  return query.next() ? static_cast<int>(query.integer(0)) : 0;
}

void prepare_for_writing(Database& database, const std::string& file) {
  const int found = format_of(database);
  if (found > kFormat) {
    throw DatabaseError(SQLITE_ERROR, file + " has format " + std::to_string(found) +
                                          ", written by a newer Lectern; this one knows format " +
                                          std::to_string(kFormat));
  }
  database.execute("PRAGMA journal_mode = WAL");
  database.execute("PRAGMA synchronous = FULL");
  database.execute("PRAGMA wal_autocheckpoint = 0");
  database.execute("PRAGMA cache_size = -8192");
  if (found == kFormat && pages_are_checked(database.handle())) return;
  database.execute("BEGIN IMMEDIATE");
  // Another program may have done it while this one waited for the lock.
  if (format_of(database) == 0) database.execute(kTables);
  if (format_of(database) == 1) database.execute(kSecondFormat);
  if (format_of(database) == 2) database.execute(kThirdFormat);
  database.execute("COMMIT");
  if (!pages_are_checked(database.handle())) rebuild_with_checksums(database);
}

}  // namespace lectern::store
