#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "identity/account_store.h"
#include "store/database.h"
#include "store/writer.h"

namespace lectern::store {

// Accounts, refresh tokens, revocations and secrets in the store's database. Any thread but the
// writer's. A change is a job of `writer`: it is on disk when the call returns, and because there
// is one writer, what it checks first cannot change before it writes.
class SqliteAccounts final : public identity::AccountStore {
 public:
  // `writer` has opened `file` and outlives this object. Throws DatabaseError.
  SqliteAccounts(Writer& writer, const std::string& file);

  std::optional<identity::Account> find_account(std::string_view user_id) override;
  std::optional<identity::Account> find_account_by_name(std::string_view name) override;
  std::vector<identity::Account> accounts() override;
  identity::StoreOutcome create_account(const identity::Account& account) override;
  identity::StoreOutcome change_account(std::string_view user_id,
                                        const identity::AccountChange& change, TimeMs now,
                                        identity::Epoch* raised) override;
  identity::StoreOutcome rehash_password(std::string_view user_id, std::string_view hash) override;
  identity::StoreOutcome enable_account(std::string_view user_id) override;

  identity::StoreOutcome add_refresh_token(const identity::RefreshToken& token) override;
  std::optional<identity::RefreshToken> find_refresh_token(std::string_view token_id) override;
  identity::RotationOutcome rotate(std::string_view token_id, std::string_view hash,
                                   const identity::RefreshToken& successor, TimeMs now,
                                   TimeMs grace_ms) override;
  bool family_revoked(std::string_view family) override;
  std::vector<identity::RevokedFamily> revoked_families(TimeMs now) override;

  identity::Epoch epoch(std::string_view user_id) override;
  std::vector<identity::UserEpoch> epochs() override;
  std::optional<identity::Epoch> raise_epoch(std::string_view user_id, TimeMs now) override;

  identity::StoreOutcome revoke_session(const identity::RevokedToken& token,
                                        const identity::RevokedFamily& family) override;
  std::vector<identity::RevokedToken> revoked_tokens(TimeMs now) override;

  std::optional<std::string> secret(std::string_view name) override;
  std::optional<std::string> keep_secret(std::string_view name, std::string_view value) override;

  identity::StoreOutcome remember_address(std::string_view user_id, std::string_view address,
                                          TimeMs now) override;
  std::vector<identity::KnownAddress> known_addresses() override;

  identity::StoreOutcome add_audit(std::span<const identity::AuditEntry> entries) override;
  std::vector<identity::AuditEntry> audit(std::int64_t before, std::size_t limit) override;

  identity::StoreOutcome prune(TimeMs now) override;

  // Closes the reading connection; from then on reads find nothing.
  void close();

 private:
  // Runs one statement as a job. `not_found` when it changed no row.
  template <class... Parameters>
  identity::StoreOutcome change(const char* sql, const Parameters&... parameters);
  // Runs `read(query)` for every row of one statement.
  template <class Read, class... Parameters>
  void for_each_row(const char* sql, Read read, const Parameters&... parameters);

  Writer& writer_;
  std::mutex mutex_;  // guards reader_
  std::optional<Database> reader_;
};

}  // namespace lectern::store
