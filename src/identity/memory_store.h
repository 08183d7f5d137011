#pragma once

#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "identity/account_store.h"

namespace lectern::identity {

// Accounts and revocations that end with the program: for tests and for `store.engine = "memory"`.
// Any thread.
class MemoryStore final : public AccountStore {
 public:
  std::optional<Account> find_account(std::string_view user_id) override;
  std::optional<Account> find_account_by_name(std::string_view name) override;
  std::vector<Account> accounts() override;
  StoreOutcome create_account(const Account& account) override;
  StoreOutcome change_account(std::string_view user_id, const AccountChange& change, TimeMs now,
                              Epoch* raised) override;
  StoreOutcome rehash_password(std::string_view user_id, std::string_view hash) override;
  StoreOutcome enable_account(std::string_view user_id) override;

  StoreOutcome add_refresh_token(const RefreshToken& token) override;
  std::optional<RefreshToken> find_refresh_token(std::string_view token_id) override;
  RotationOutcome rotate(std::string_view token_id, std::string_view hash,
                         const RefreshToken& successor, TimeMs now, TimeMs grace_ms) override;
  bool family_revoked(std::string_view family) override;
  std::vector<RevokedFamily> revoked_families(TimeMs now) override;

  Epoch epoch(std::string_view user_id) override;
  std::vector<UserEpoch> epochs() override;
  std::optional<Epoch> raise_epoch(std::string_view user_id, TimeMs now) override;

  StoreOutcome revoke_session(const RevokedToken& token, const RevokedFamily& family) override;
  std::vector<RevokedToken> revoked_tokens(TimeMs now) override;

  std::optional<std::string> secret(std::string_view name) override;
  std::optional<std::string> keep_secret(std::string_view name, std::string_view value) override;

  StoreOutcome remember_address(std::string_view user_id, std::string_view address,
                                TimeMs now) override;
  std::vector<KnownAddress> known_addresses() override;

  StoreOutcome add_audit(std::span<const AuditEntry> entries) override;
  std::vector<AuditEntry> audit(std::int64_t before, std::size_t limit) override;

  StoreOutcome prune(TimeMs now) override;

  // From then on changes are refused as by a store that cannot be written.
  void fail();

 private:
  struct Row {
    RefreshToken token;
    std::optional<TimeMs> used_at;
    std::string successor;  // its token id, once used
  };

  Account* find(std::string_view user_id);
  void keep_family(std::string_view family, TimeMs expires_at);

  std::mutex mutex_;  // guards all that follows
  bool failed_ = false;
  std::vector<Account> accounts_;
  std::map<std::string, Row, std::less<>> refresh_tokens_;  // by token id
  std::map<std::string, TimeMs, std::less<>> families_;     // revoked ones, until
  std::map<std::string, Epoch, std::less<>> epochs_;
  std::map<std::string, TimeMs, std::less<>> tokens_;  // revoked ones by jti, until
  std::map<std::string, std::string, std::less<>> secrets_;
  std::map<std::string, std::vector<std::string>, std::less<>> addresses_;  // by user id, last last
  std::deque<AuditEntry> audit_;
  std::int64_t last_audit_id_ = 0;
};

}  // namespace lectern::identity
