#include "store/sqlite_accounts.h"

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

StoreOutcome SqliteAccounts::set_password(std::string_view user_id, std::string_view hash) {
  return change("UPDATE accounts SET password_hash = ? WHERE user_id = ?", hash, user_id);
}

StoreOutcome SqliteAccounts::set_disabled(std::string_view user_id, bool disabled) {
  return change("UPDATE accounts SET disabled = ? WHERE user_id = ?", disabled, user_id);
}

StoreOutcome SqliteAccounts::remove_account(std::string_view user_id) {
  return change("DELETE FROM accounts WHERE user_id = ?", user_id);
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

StoreOutcome SqliteAccounts::revoke_family(std::string_view family, TimeMs expires_at) {
  const bool committed =
      writer_.run([&](Database& database) { revoke_refresh_family(database, family, expires_at); });
  return committed ? StoreOutcome::done : StoreOutcome::unavailable;
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
  const bool committed = writer_.run([&](Database& database) {
    Statement raise(database,
                    "INSERT INTO user_epochs VALUES (?, 1, ?) ON CONFLICT (user_id) "
                    "DO UPDATE SET epoch = epoch + 1, raised_at = excluded.raised_at "
                    "RETURNING epoch, raised_at");
    Query query = raise(user_id, now);
    while (query.next()) raised = {query.unsigned_integer(0), query.integer(1)};
  });
  if (!committed) return std::nullopt;
  return raised;
}

StoreOutcome SqliteAccounts::revoke_token(const RevokedToken& token) {
  return change(
      "INSERT INTO revoked_tokens VALUES (?, ?) ON CONFLICT (jti) "
      "DO UPDATE SET expires_at = max(expires_at, excluded.expires_at)",
      token.jti, token.expires_at);
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

StoreOutcome SqliteAccounts::prune(TimeMs now) {
  const bool committed = writer_.run([&](Database& database) {
    for (const char* sql : {"DELETE FROM refresh_tokens WHERE expires_at <= ?",
                            "DELETE FROM revoked_families WHERE expires_at <= ?",
                            "DELETE FROM revoked_tokens WHERE expires_at <= ?"}) {
      Statement statement(database, sql);
      statement(now).run();
    }
  });
  return committed ? StoreOutcome::done : StoreOutcome::unavailable;
}

}  // namespace lectern::store
