#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace lectern::identity {

struct Account {
  std::string user_id;  // a canonical UUID; never reused
  std::string name;     // unique without regard to ASCII case
  std::string role;
  std::string password_hash;  // crypto_pwhash_str
  bool disabled = false;
  TimeMs created_at = 0;
};

// One refresh token as it is kept. The token itself is not: `hash` is the SHA-256 of it.
struct RefreshToken {
  std::string token_id;  // its jti
  std::string user_id;
  std::string family;
  std::string hash;         // 32 bytes
  std::uint64_t epoch = 0;  // the user's when it was issued
  TimeMs expires_at = 0;
};

// A revoked access token, until it would have expired.
struct RevokedToken {
  std::string jti;
  TimeMs expires_at = 0;
};

// A refresh family whose tokens are dead, and the access tokens that name it.
struct RevokedFamily {
  std::string family;
  TimeMs expires_at = 0;  // when its last token has expired
};

// How often all tokens of a user were revoked, and when last.
struct Epoch {
  std::uint64_t number = 0;  // 0: never
  TimeMs raised_at = 0;
};

struct UserEpoch {
  std::string user_id;
  Epoch epoch;
};

// What happens to an account and ends every token of its user.
struct AccountChange {
  enum class Kind { password, role, disable, remove };
  Kind kind;
  std::string value;  // the hash or the role
};

// Where an account signed in, so that others' failures there do not lock it out.
struct KnownAddress {
  std::string account;  // its name
  std::string address;  // as the limits know it: any bytes
};

// One line of the audit trail: who did what to whom. Never a token, a password or a secret, nor
// what somebody typed where a name of an account belongs and none is.
struct AuditEntry {
  std::int64_t id = 0;  // given by the store, ascending
  TimeMs at = 0;
  std::string type;     // "login", "user.disable", …: docs/protocol.md
  std::string actor;    // a user id, or empty: the command line, or nobody who is known
  std::string subject;  // a user id, or empty
  std::string address;  // of the client, or empty
  std::string detail;   // by type
};

enum class StoreOutcome {
  done,
  unavailable,  // nothing was written, or whether it was cannot be known
  name_taken,
  not_found,
};

enum class RotationOutcome {
  rotated,
  unavailable,
  unknown,         // no such token, another hash, or it has expired
  revoked,         // its family or all of its user's tokens were revoked
  repeated,        // it was used before; only the repetition is refused
  family_revoked,  // it was used before, and now its whole family is revoked
};

// Accounts and what revokes tokens. Any thread, but every call may wait for a disk: auth workers
// and the command line only, never a shard. A call that returns `done` has made its change
// durable. Reads of a store that cannot be read find nothing.
class AccountStore {
 public:
  static constexpr std::size_t kMaxAddresses = 20;
  static constexpr std::size_t kMaxAudit = 100'000;
  static constexpr std::size_t kMaxAuditFailures = 20'000;  // "login_failed", besides: attackers
                                                            // cannot push out the others

  virtual ~AccountStore() = default;

  // False: what was not found just now may be there.
  virtual bool readable() const { return true; }

  virtual std::optional<Account> find_account(std::string_view user_id) = 0;
  virtual std::optional<Account> find_account_by_name(std::string_view name) = 0;
  virtual std::vector<Account> accounts() = 0;  // by name
  virtual StoreOutcome create_account(const Account& account) = 0;
  // The change and a raised epoch in one write. `*raised` is the epoch afterwards.
  virtual StoreOutcome change_account(std::string_view user_id, const AccountChange& change,
                                      TimeMs now, Epoch* raised) = 0;
  // These end no token.
  virtual StoreOutcome rehash_password(std::string_view user_id, std::string_view hash) = 0;
  virtual StoreOutcome enable_account(std::string_view user_id) = 0;

  virtual StoreOutcome add_refresh_token(const RefreshToken& token) = 0;
  virtual std::optional<RefreshToken> find_refresh_token(std::string_view token_id) = 0;
  // Uses a token up and adds its successor, both or neither; of simultaneous uses one wins.
  // A later use is `repeated`, unless the successor was used as well or more than `grace_ms` have
  // passed since the first use: then the family is revoked.
  virtual RotationOutcome rotate(std::string_view token_id, std::string_view hash,
                                 const RefreshToken& successor, TimeMs now, TimeMs grace_ms) = 0;
  virtual bool family_revoked(std::string_view family) = 0;
  virtual std::vector<RevokedFamily> revoked_families(TimeMs now) = 0;

  virtual Epoch epoch(std::string_view user_id) = 0;
  virtual std::vector<UserEpoch> epochs() = 0;  // of all users whose tokens were ever revoked
  // The epoch afterwards; nullopt when unavailable.
  virtual std::optional<Epoch> raise_epoch(std::string_view user_id, TimeMs now) = 0;

  // Both in one write; a family without a name is none.
  virtual StoreOutcome revoke_session(const RevokedToken& token, const RevokedFamily& family) = 0;
  virtual std::vector<RevokedToken> revoked_tokens(TimeMs now) = 0;

  virtual std::optional<std::string> secret(std::string_view name) = 0;
  // Keeps the first value: returns what is there afterwards, nullopt when unavailable.
  virtual std::optional<std::string> keep_secret(std::string_view name, std::string_view value) = 0;

  // The last kMaxAddresses of each account are kept.
  virtual StoreOutcome remember_address(std::string_view user_id, std::string_view address,
                                        TimeMs now) = 0;
  virtual std::vector<KnownAddress> known_addresses() = 0;

  virtual StoreOutcome add_audit(std::span<const AuditEntry> entries) = 0;
  // The newest first, with ids below `before`.
  virtual std::vector<AuditEntry> audit(std::int64_t before, std::size_t limit) = 0;

  // Forgets what has expired, and the oldest of the audit trail beyond its bounds.
  virtual StoreOutcome prune(TimeMs now) = 0;
};

}  // namespace lectern::identity
