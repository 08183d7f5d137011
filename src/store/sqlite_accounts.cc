#include "store/sqlite_accounts.h"

#include <utility>

#include "store/refresh_rows.h"

namespace lectern::store {
namespace {

using identity::Account;
using identity::Epoch;
using identity::RefreshToken;
using identity::RevokedToken;
using identity::RotationOutcome;
using identity::StoreOutcome;

Account account_of(const Query& query) {
  return {query.text(0), query.text(1),         query.text(2),
          query.text(3), query.integer(4) != 0, query.integer(5)};
}

constexpr const char* kAccountColumns = "user_id, name, role, password_hash, disabled, created_at";

std::string select_accounts(const char* rest) {
  return std::string("SELECT ") + kAccountColumns + " FROM accounts " + rest;
}

Epoch raise(Database& database, std::string_view user_id, TimeMs now) {
  Statement statement(database,
                      "INSERT INTO user_epochs VALUES (?, 1, ?) ON CONFLICT (user_id) "
                      "DO UPDATE SET epoch = epoch + 1, raised_at = excluded.raised_at "
                      "RETURNING epoch, raised_at");
  Query query = statement(user_id, now);
  Epoch raised;
  while (query.next()) raised = {query.unsigned_integer(0), query.integer(1)};
  return raised;
}

// Whether there is such an account.
bool change_row(Database& database, std::string_view user_id,
                const identity::AccountChange& change) {
  const auto run = [&](const char* sql, const auto&... parameters) {
    Statement statement(database, sql);
    statement(parameters...).run();
    return database.changes() > 0;
  };
  switch (change.kind) {
    case identity::AccountChange::Kind::password:
      return run("UPDATE accounts SET password_hash = ? WHERE user_id = ?", change.value, user_id);
    case identity::AccountChange::Kind::role:
      return run("UPDATE accounts SET role = ? WHERE user_id = ?", change.value, user_id);
    case identity::AccountChange::Kind::disable:
      return run("UPDATE accounts SET disabled = 1 WHERE user_id = ?", user_id);
    case identity::AccountChange::Kind::remove: break;
  }
  run("DELETE FROM known_addresses WHERE user_id = ?", user_id);
  return run("DELETE FROM accounts WHERE user_id = ?", user_id);
}

}  // namespace

SqliteAccounts::SqliteAccounts(Writer& writer, const std::string& file) : writer_(writer) {
  reader_.emplace(file);
}

void SqliteAccounts::close() {
  std::lock_guard lock(mutex_);
  reader_.reset();
}

// Statements are prepared anew for every call: a call waits for a disk or for a password hash, and
// a statement kept on the writer's connection would have to be given back before that closes.
template <class... Parameters>
StoreOutcome SqliteAccounts::change(const char* sql, const Parameters&... parameters) {
  bool changed = false;
  const bool committed = writer_.run([&](Database& database) {
    Statement statement(database, sql);
    statement(parameters...).run();
    changed = database.changes() > 0;
  });
  if (!committed) return StoreOutcome::unavailable;
  return changed ? StoreOutcome::done : StoreOutcome::not_found;
}

template <class Read, class... Parameters>
void SqliteAccounts::for_each_row(const char* sql, Read read, const Parameters&... parameters) {
  std::lock_guard lock(mutex_);
  if (!reader_) return;
  try {
    Statement statement(*reader_, sql);
    Query query = statement(parameters...);
    while (query.next()) read(query);
  } catch (const DatabaseError& error) {
    writer_.fail(error.what());
  }
}

std::optional<Account> SqliteAccounts::find_account(std::string_view user_id) {
  std::optional<Account> found;
  for_each_row(
      select_accounts("WHERE user_id = ?").c_str(),
      [&](const Query& query) { found = account_of(query); }, user_id);
  return found;
}

std::optional<Account> SqliteAccounts::find_account_by_name(std::string_view name) {
  std::optional<Account> found;
  for_each_row(
      select_accounts("WHERE name = ?").c_str(),
      [&](const Query& query) { found = account_of(query); }, name);
  return found;
}

std::vector<Account> SqliteAccounts::accounts() {
  std::vector<Account> found;
  for_each_row(select_accounts("ORDER BY name").c_str(),
               [&](const Query& query) { found.push_back(account_of(query)); });
  return found;
}

StoreOutcome SqliteAccounts::create_account(const Account& account) {
  const auto outcome = change(
      "INSERT INTO accounts (user_id, name, role, password_hash, disabled, created_at) "
      "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
      account.user_id, account.name, account.role, account.password_hash, account.disabled,
      account.created_at);
  return outcome == StoreOutcome::not_found ? StoreOutcome::name_taken : outcome;
}

StoreOutcome SqliteAccounts::change_account(std::string_view user_id,
                                            const identity::AccountChange& change, TimeMs now,
                                            Epoch* raised) {
  std::optional<Epoch> epoch;
  const bool committed = writer_.run([&](Database& database) {
    if (change_row(database, user_id, change)) epoch = raise(database, user_id, now);
  });
  if (!committed) return StoreOutcome::unavailable;
  if (!epoch) return StoreOutcome::not_found;
  *raised = *epoch;
  return StoreOutcome::done;
}

StoreOutcome SqliteAccounts::rehash_password(std::string_view user_id, std::string_view hash) {
  return change("UPDATE accounts SET password_hash = ? WHERE user_id = ?", hash, user_id);
}

StoreOutcome SqliteAccounts::enable_account(std::string_view user_id) {
  return change("UPDATE accounts SET disabled = 0 WHERE user_id = ?", user_id);
}

StoreOutcome SqliteAccounts::add_refresh_token(const RefreshToken& token) {
  const bool committed =
      writer_.run([&](Database& database) { insert_refresh_token(database, token); });
  return committed ? StoreOutcome::done : StoreOutcome::unavailable;
}

std::optional<RefreshToken> SqliteAccounts::find_refresh_token(std::string_view token_id) {
  std::optional<RefreshToken> found;
  for_each_row(
      "SELECT token_id, user_id, family, hash, epoch, expires_at FROM refresh_tokens "
      "WHERE token_id = ?",
      [&](const Query& query) {
        found = RefreshToken{
            query.text(0),   query.text(1), query.text(2), query.text(3), query.unsigned_integer(4),
            query.integer(5)};
      },
      token_id);
  return found;
}

RotationOutcome SqliteAccounts::rotate(std::string_view token_id, std::string_view hash,
                                       const RefreshToken& successor, TimeMs now, TimeMs grace_ms) {
  auto outcome = RotationOutcome::unknown;
  const bool committed = writer_.run([&](Database& database) {
    outcome = rotate_refresh_token(database, token_id, hash, successor, now, grace_ms);
  });
  return committed ? outcome : RotationOutcome::unavailable;
}

bool SqliteAccounts::family_revoked(std::string_view family) {
  bool revoked = false;
  for_each_row(
      "SELECT 1 FROM revoked_families WHERE family = ?", [&](const Query&) { revoked = true; },
      family);
  return revoked;
}

std::vector<identity::RevokedFamily> SqliteAccounts::revoked_families(TimeMs now) {
  std::vector<identity::RevokedFamily> found;
  for_each_row(
      "SELECT family, expires_at FROM revoked_families WHERE expires_at > ?",
      [&](const Query& query) {
        found.push_back({query.text(0), query.integer(1)});
      },
      now);
  return found;
}

Epoch SqliteAccounts::epoch(std::string_view user_id) {
  Epoch found;
  for_each_row(
      "SELECT epoch, raised_at FROM user_epochs WHERE user_id = ?",
      [&](const Query& query) {
        found = {query.unsigned_integer(0), query.integer(1)};
      },
      user_id);
  return found;
}

std::vector<identity::UserEpoch> SqliteAccounts::epochs() {
  std::vector<identity::UserEpoch> found;
  for_each_row("SELECT user_id, epoch, raised_at FROM user_epochs", [&](const Query& query) {
    found.push_back({query.text(0), {query.unsigned_integer(1), query.integer(2)}});
  });
  return found;
}

std::optional<Epoch> SqliteAccounts::raise_epoch(std::string_view user_id, TimeMs now) {
  Epoch raised;
  const bool committed =
      writer_.run([&](Database& database) { raised = raise(database, user_id, now); });
  if (!committed) return std::nullopt;
  return raised;
}

StoreOutcome SqliteAccounts::revoke_session(const RevokedToken& token,
                                            const identity::RevokedFamily& family) {
  const bool committed = writer_.run([&](Database& database) {
    Statement revoke(database,
                     "INSERT INTO revoked_tokens VALUES (?, ?) ON CONFLICT (jti) "
                     "DO UPDATE SET expires_at = max(expires_at, excluded.expires_at)");
    revoke(token.jti, token.expires_at).run();
    if (family.family.empty()) return;
    revoke_refresh_family(database, family.family, family.expires_at);
  });
  return committed ? StoreOutcome::done : StoreOutcome::unavailable;
}

std::vector<RevokedToken> SqliteAccounts::revoked_tokens(TimeMs now) {
  std::vector<RevokedToken> found;
  for_each_row(
      "SELECT jti, expires_at FROM revoked_tokens WHERE expires_at > ?",
      [&](const Query& query) {
        found.push_back({query.text(0), query.integer(1)});
      },
      now);
  return found;
}

std::optional<std::string> SqliteAccounts::secret(std::string_view name) {
  std::optional<std::string> found;
  for_each_row(
      "SELECT value FROM secrets WHERE name = ?",
      [&](const Query& query) { found = query.text(0); }, name);
  return found;
}

std::optional<std::string> SqliteAccounts::keep_secret(std::string_view name,
                                                       std::string_view value) {
  const auto outcome =
      change("INSERT INTO secrets VALUES (?, ?) ON CONFLICT DO NOTHING", name, Blob{value});
  if (outcome == StoreOutcome::unavailable) return std::nullopt;
  return secret(name);
}

StoreOutcome SqliteAccounts::remember_address(std::string_view user_id, std::string_view address,
                                              TimeMs now) {
  const bool committed = writer_.run([&](Database& database) {
    Statement insert(database,
                     "INSERT INTO known_addresses VALUES (?, ?, ?) ON CONFLICT (user_id, address) "
                     "DO UPDATE SET last_at = excluded.last_at");
    insert(user_id, Blob{address}, now).run();
    Statement trim(database,
                   "DELETE FROM known_addresses WHERE user_id = ?1 AND address NOT IN "
                   "(SELECT address FROM known_addresses WHERE user_id = ?1 "
                   "ORDER BY last_at DESC LIMIT ?2)");
    trim(user_id, std::uint64_t{kMaxAddresses}).run();
  });
  return committed ? StoreOutcome::done : StoreOutcome::unavailable;
}

std::vector<identity::KnownAddress> SqliteAccounts::known_addresses() {
  std::vector<identity::KnownAddress> found;
  for_each_row(
      "SELECT a.name, k.address FROM known_addresses k JOIN accounts a ON a.user_id = k.user_id",
      [&](const Query& query) {
        found.push_back({query.text(0), query.text(1)});
      });
  return found;
}

StoreOutcome SqliteAccounts::add_audit(std::span<const identity::AuditEntry> entries) {
  const bool committed = writer_.run([&](Database& database) {
    Statement insert(database,
                     "INSERT INTO audit (at, type, actor, subject, address, detail) "
                     "VALUES (?, ?, ?, ?, ?, ?)");
    for (const auto& entry : entries) {
      insert(entry.at, entry.type, entry.actor, entry.subject, entry.address, entry.detail).run();
    }
  });
  return committed ? StoreOutcome::done : StoreOutcome::unavailable;
}

std::vector<identity::AuditEntry> SqliteAccounts::audit(std::int64_t before, std::size_t limit) {
  std::vector<identity::AuditEntry> found;
  for_each_row(
      "SELECT id, at, type, actor, subject, address, detail FROM audit WHERE id < ? "
      "ORDER BY id DESC LIMIT ?",
      [&](const Query& query) {
        found.push_back({query.integer(0), query.integer(1), query.text(2), query.text(3),
                         query.text(4), query.text(5), query.text(6)});
      },
      before, std::uint64_t{limit});
  return found;
}

StoreOutcome SqliteAccounts::prune(TimeMs now) {
  const bool committed = writer_.run([&](Database& database) {
    for (const char* sql : {"DELETE FROM refresh_tokens WHERE expires_at <= ?",
                            "DELETE FROM revoked_families WHERE expires_at <= ?",
                            "DELETE FROM revoked_tokens WHERE expires_at <= ?"}) {
      Statement statement(database, sql);
      statement(now).run();
    }
    // Failures have a bound of their own: the id of the newest one that is too many.
    for (const auto& [sql, kept] :
         {std::pair("DELETE FROM audit WHERE type = 'login_failed' AND id <= (SELECT id FROM audit "
                    "WHERE type = 'login_failed' ORDER BY id DESC LIMIT 1 OFFSET ?)",
                    kMaxAuditFailures),
          std::pair("DELETE FROM audit WHERE id <= (SELECT id FROM audit "
                    "ORDER BY id DESC LIMIT 1 OFFSET ?)",
                    kMaxAudit)}) {
      Statement statement(database, sql);
      statement(std::uint64_t{kept}).run();
    }
  });
  return committed ? StoreOutcome::done : StoreOutcome::unavailable;
}

}  // namespace lectern::store
