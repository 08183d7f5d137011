#include "identity/accounts.h"

#include <algorithm>
#include <utility>

#include "identity/password.h"

namespace lectern::identity {
namespace {

constexpr std::string_view kGuestRole = "student";
constexpr std::string_view kAdministrator = "admin";
constexpr std::string_view kAdministratorMade = "administrator_made";  // a name of the store's

bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= Accounts::kMaxNameBytes &&
         std::none_of(name.begin(), name.end(), [](char c) {
           const auto byte = static_cast<unsigned char>(c);
           return byte < 0x20 || byte == 0x7F || c == '<' || c == '>';
         });
}

bool is_password(std::string_view password) {
  return !password.empty() && password.size() <= Accounts::kMaxPasswordBytes;
}

AuthErrc error_of(StoreOutcome outcome) {
  if (outcome == StoreOutcome::name_taken) return AuthErrc::name_taken;
  if (outcome == StoreOutcome::not_found) return AuthErrc::unknown_account;
  return AuthErrc::store_unavailable;
}

}  // namespace

Accounts::Accounts(AccountStore& store, const Tokens& tokens, const Roles& roles,
                   Revocations& revocations, Lifetimes lifetimes)
    : store_(store),
      tokens_(tokens),
      roles_(roles),
      revocations_(revocations),
      lifetimes_(lifetimes) {}

// Fills what both tokens share and what the store keeps of the refresh token. `access` brings who
// it is and the epoch; the epoch was read before everything else, so that a revocation meanwhile
// finds the new tokens too old.
TokenPair Accounts::make_pair(AccessClaims access, TimeMs now, const PairIds& ids,
                              RefreshToken& row) const {
  access.jti = ids.access.to_string();
  access.issued_at = now / 1000;
  access.expires_at = access.issued_at + lifetimes_.access_s;
  if (const auto* permissions = roles_.permissions_of(access.role)) {
    access.permissions = *permissions;
  }
  RefreshClaims refresh;
  refresh.user_id = access.user_id;
  refresh.token_id = ids.refresh.to_string();
  refresh.issued_at = access.issued_at;
  refresh.expires_at = access.issued_at + lifetimes_.refresh_s;
  if (!access.room_id.empty()) {
    refresh.username = access.username;
    refresh.room_id = access.room_id;
  }
  TokenPair pair;
  pair.access_token = tokens_.sign(access);
  pair.refresh_token = tokens_.sign(refresh);
  pair.expires_at = access.expires_at * 1000;
  row = {refresh.token_id,           access.user_id,           access.family,
         sha256(pair.refresh_token), access.epoch.value_or(0), refresh.expires_at * 1000};
  pair.claims = std::move(access);
  return pair;
}

Result<TokenPair> Accounts::first_pair(AccessClaims access, TimeMs now, const PairIds& ids) {
  access.family = ids.family.to_string();
  RefreshToken row;
  auto pair = make_pair(std::move(access), now, ids, row);
  if (store_.add_refresh_token(row) != StoreOutcome::done) return AuthErrc::store_unavailable;
  return pair;
}

Result<TokenPair> Accounts::login(std::string_view name, std::string_view password, TimeMs now,
                                  const PairIds& ids) {
  if (!is_name(name) || !is_password(password)) {
    verify_nothing({});
    return AuthErrc::invalid_credentials;
  }
  const auto found = store_.find_account_by_name(name);
  if (!found) {
    verify_nothing(password);
    return missing(AuthErrc::invalid_credentials);
  }
  const auto epoch = store_.epoch(found->user_id).number;
  // Read again, because the epoch must be older than what the password is compared with.
  const auto account = store_.find_account(found->user_id);
  if (!account) return missing(AuthErrc::invalid_credentials);
  if (!verify_password(account->password_hash, password) || account->disabled) {
    return AuthErrc::invalid_credentials;
  }
  if (needs_rehash(account->password_hash)) {
    // Without success the old hash stays, which is as good.
    static_cast<void>(store_.rehash_password(account->user_id, hash_password(password)));
  }
  AccessClaims access;
  access.user_id = account->user_id;
  access.username = account->name;
  access.role = account->role;
  access.epoch = epoch;
  return first_pair(std::move(access), now, ids);
}

AuthErrc Accounts::missing(AuthErrc otherwise) const {
  return store_.readable() ? otherwise : AuthErrc::store_unavailable;
}

std::string Accounts::id_of(std::string_view name) {
  const auto account = store_.find_account_by_name(name);
  return account ? account->user_id : std::string();
}

Result<TokenPair> Accounts::admit_guest(std::string_view name, std::string_view room_id,
                                        const Uuid& user_id, TimeMs now, const PairIds& ids) {
  if (!is_name(name)) return AuthErrc::invalid_name;
  AccessClaims access;
  access.user_id = user_id.to_string();
  access.username = name;
  access.role = kGuestRole;
  access.epoch = 0;
  access.room_id = room_id;
  return first_pair(std::move(access), now, ids);
}

Result<TokenPair> Accounts::refresh(std::string_view refresh_token, TimeMs now, const PairIds& ids,
                                    EndedFamily* ended) {
  const auto claims = tokens_.verify_refresh(refresh_token, now);
  if (!claims) return claims.error();
  AccessClaims access;
  access.user_id = claims->user_id;
  access.epoch = store_.epoch(claims->user_id).number;
  const auto known = store_.find_refresh_token(claims->token_id);
  if (!known) return missing(AuthErrc::invalid_token);
  access.family = known->family;
  if (claims->room_id.empty()) {
    const auto account = store_.find_account(claims->user_id);
    if (!account) return missing(AuthErrc::token_revoked);
    if (account->disabled) return AuthErrc::token_revoked;
    access.username = account->name;
    access.role = account->role;
  } else {
    access.username = claims->username;
    access.role = kGuestRole;
    access.room_id = claims->room_id;
  }
  RefreshToken successor;
  auto pair = make_pair(std::move(access), now, ids, successor);
  switch (store_.rotate(claims->token_id, sha256(refresh_token), successor, now,
                        lifetimes_.reuse_grace_ms)) {
    case RotationOutcome::rotated: return pair;
    case RotationOutcome::unavailable: return AuthErrc::store_unavailable;
    case RotationOutcome::unknown: return AuthErrc::invalid_token;
    case RotationOutcome::revoked: return AuthErrc::token_revoked;
    case RotationOutcome::repeated: return AuthErrc::token_reused;
    case RotationOutcome::family_revoked: break;
  }
  revocations_.add_family(known->family, now + lifetimes_.refresh_s * 1000);
  if (ended != nullptr) *ended = {known->family, known->user_id};
  return AuthErrc::token_reused;
}

Result<void> Accounts::logout(const AccessClaims& claims, TimeMs now) {
  const RevokedToken token{claims.jti, claims.expires_at * 1000};
  const RevokedFamily family{claims.family, now + lifetimes_.refresh_s * 1000};
  if (store_.revoke_session(token, family) != StoreOutcome::done) {
    return AuthErrc::store_unavailable;
  }
  revocations_.add_token(token);
  if (!claims.family.empty()) revocations_.add_family(family.family, family.expires_at);
  return {};
}

Result<void> Accounts::revoke(std::string_view user_id, TimeMs now) {
  const auto epoch = store_.raise_epoch(user_id, now);
  if (!epoch) return AuthErrc::store_unavailable;
  revocations_.set_epoch(user_id, *epoch);
  return {};
}

Result<Account> Accounts::add(std::string_view name, std::string_view role,
                              std::string_view password, TimeMs now, const Uuid& user_id) {
  if (!is_name(name)) return AuthErrc::invalid_name;
  if (!is_password(password)) return AuthErrc::invalid_password;
  if (!roles_.known(role)) return AuthErrc::unknown_role;
  if (store_.find_account_by_name(name)) return AuthErrc::name_taken;
  Account account{user_id.to_string(),
                  std::string(name),
                  std::string(role),
                  hash_password(password),
                  false,
                  now};
  const auto outcome = store_.create_account(account);
  if (outcome != StoreOutcome::done) return error_of(outcome);
  return account;
}

std::vector<Account> Accounts::list() { return store_.accounts(); }

Result<Account> Accounts::account_named(std::string_view name) {
  auto account = store_.find_account_by_name(name);
  if (!account) return missing(AuthErrc::unknown_account);
  return std::move(*account);
}

Result<Account> Accounts::change(std::string_view name, AccountChange change, TimeMs now) {
  auto account = account_named(name);
  if (!account) return account;
  // A login meanwhile has read the epoch before the account, so that its tokens die here.
  Epoch raised;
  const auto outcome = store_.change_account(account->user_id, change, now, &raised);
  if (outcome != StoreOutcome::done) return error_of(outcome);
  revocations_.set_epoch(account->user_id, raised);
  switch (change.kind) {
    case AccountChange::Kind::password: account->password_hash = std::move(change.value); break;
    case AccountChange::Kind::role: account->role = std::move(change.value); break;
    case AccountChange::Kind::disable:
      account->disabled = true;
      revocations_.set_disabled(account->user_id, true);
      break;
    case AccountChange::Kind::remove: break;
  }
  return account;
}

Result<Account> Accounts::set_password(std::string_view name, std::string_view password,
                                       TimeMs now) {
  if (!is_password(password)) return AuthErrc::invalid_password;
  if (const auto account = account_named(name); !account) return account.error();
  return change(name, {AccountChange::Kind::password, hash_password(password)}, now);
}

Result<Account> Accounts::set_role(std::string_view name, std::string_view role, TimeMs now) {
  if (!roles_.known(role)) return AuthErrc::unknown_role;
  return change(name, {AccountChange::Kind::role, std::string(role)}, now);
}

Result<Account> Accounts::disable(std::string_view name, TimeMs now) {
  return change(name, {AccountChange::Kind::disable, {}}, now);
}

Result<Account> Accounts::remove(std::string_view name, TimeMs now) {
  return change(name, {AccountChange::Kind::remove, {}}, now);
}

Result<Account> Accounts::enable(std::string_view name) {
  auto account = account_named(name);
  if (!account) return account;
  const auto outcome = store_.enable_account(account->user_id);
  if (outcome != StoreOutcome::done) return error_of(outcome);
  account->disabled = false;
  revocations_.set_disabled(account->user_id, false);
  return account;
}

bool Accounts::needs_administrator() {
  return !store_.secret(kAdministratorMade) && store_.readable() &&
         !store_.find_account_by_name(kAdministrator);
}

Result<bool> Accounts::create_administrator(std::string_view password, TimeMs now,
                                            const Uuid& user_id) {
  if (!needs_administrator()) return false;
  if (const auto added = add(kAdministrator, "admin", password, now, user_id); !added) {
    return auth_errc(added.error());
  }
  if (!store_.keep_secret(kAdministratorMade, "1")) return AuthErrc::store_unavailable;
  return true;
}

}  // namespace lectern::identity
