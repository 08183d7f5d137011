#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "base/uuid.h"
#include "identity/account_store.h"
#include "identity/revocations.h"
#include "identity/roles.h"
#include "identity/token.h"

namespace lectern::identity {

struct Lifetimes {
  std::int64_t access_s = 900;
  std::int64_t refresh_s = 604800;
  TimeMs reuse_grace_ms = 10000;  // a second use within it is taken for a race
};

// A family that a reuse has just ended.
struct EndedFamily {
  std::string family;  // empty: none
  std::string user_id;
};

// The random values that a pair of tokens is made of.
struct PairIds {
  Uuid access;   // jti
  Uuid refresh;  // tokenId
  Uuid family;   // unused by refresh(), which keeps the family

  static PairIds random() { return {Uuid::random(), Uuid::random(), Uuid::random()}; }
};

struct TokenPair {
  std::string access_token;
  std::string refresh_token;
  TimeMs expires_at = 0;  // of the access token
  AccessClaims claims;    // of the access token
};

// Accounts and the tokens that they get. Every call may wait for a disk, and those that take a
// password hash for about 0.1 s with 64 MiB: auth workers and the command line only. Any thread.
// A change is in the store first and then in `revocations`; closing live connections is up to the
// caller. What it is given must outlive it. Names are cleaned by the caller (gate::clean_name).
//
// Errors besides those named: store_unavailable, after which nothing has changed.
class Accounts {
 public:
  static constexpr std::size_t kMaxNameBytes = 256;
  static constexpr std::size_t kMaxPasswordBytes = 1024;

  Accounts(AccountStore& store, const Tokens& tokens, const Roles& roles, Revocations& revocations,
           Lifetimes lifetimes);

  // Takes equally long whether the account exists or not. Errors: invalid_credentials.
  [[nodiscard]] Result<TokenPair> login(std::string_view name, std::string_view password,
                                        TimeMs now, const PairIds& ids);

  // Empty when there is no such account.
  std::string id_of(std::string_view name);

  // A student who may enter one room and has no account. `user_id` is a fresh UUID.
  [[nodiscard]] Result<TokenPair> admit_guest(std::string_view name, std::string_view room_id,
                                              const Uuid& user_id, TimeMs now, const PairIds& ids);

  // Uses a refresh token up. User, role and permissions are read afresh. D33–D36.
  // Errors: invalid_token, token_expired, token_revoked, token_reused. When the whole family was
  // revoked for a reuse, `*ended` names it, so that its connections can be closed.
  [[nodiscard]] Result<TokenPair> refresh(std::string_view refresh_token, TimeMs now,
                                          const PairIds& ids, EndedFamily* ended = nullptr);

  // This access token and its refresh family are dead.
  [[nodiscard]] Result<void> logout(const AccessClaims& claims, TimeMs now);

  // One write: every token issued to that user so far is dead. The user needs no account.
  [[nodiscard]] Result<void> revoke(std::string_view user_id, TimeMs now);

  // Errors: invalid_name, invalid_password, unknown_role, name_taken.
  [[nodiscard]] Result<Account> add(std::string_view name, std::string_view role,
                                    std::string_view password, TimeMs now, const Uuid& user_id);
  std::vector<Account> list();

  // These end every token of the account in the write that makes the change, except enable().
  // Errors: unknown_account, invalid_password, unknown_role.
  [[nodiscard]] Result<Account> set_password(std::string_view name, std::string_view password,
                                             TimeMs now);
  [[nodiscard]] Result<Account> set_role(std::string_view name, std::string_view role, TimeMs now);
  [[nodiscard]] Result<Account> disable(std::string_view name, TimeMs now);
  [[nodiscard]] Result<Account> enable(std::string_view name);
  [[nodiscard]] Result<Account> remove(std::string_view name, TimeMs now);

  // On the first start on a store: creates the account "admin" with role admin, unless there is one
  // of that name. False when there is nothing to do.
  [[nodiscard]] Result<bool> create_administrator(std::string_view password, TimeMs now,
                                                  const Uuid& user_id);
  // Whether create_administrator() would do something.
  bool needs_administrator();

 private:
  // The error of what the store does not find: `otherwise`, unless it cannot be read.
  AuthErrc missing(AuthErrc otherwise) const;
  [[nodiscard]] Result<Account> change(std::string_view name, AccountChange change, TimeMs now);
  [[nodiscard]] Result<Account> account_named(std::string_view name);
  TokenPair make_pair(AccessClaims access, TimeMs now, const PairIds& ids, RefreshToken& row) const;
  [[nodiscard]] Result<TokenPair> first_pair(AccessClaims access, TimeMs now, const PairIds& ids);

  AccountStore& store_;
  const Tokens& tokens_;
  const Roles& roles_;
  Revocations& revocations_;
  Lifetimes lifetimes_;
};

}  // namespace lectern::identity
