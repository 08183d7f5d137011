#include "identity/memory_store.h"

#include <algorithm>

#include <openssl/crypto.h>

namespace lectern::identity {
namespace {

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return lower;
}

bool same(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

bool is_failure(const AuditEntry& entry) { return entry.type == "login_failed"; }

}  // namespace

void MemoryStore::fail() {
  std::lock_guard lock(mutex_);
  failed_ = true;
}

Account* MemoryStore::find(std::string_view user_id) {
  const auto found = std::find_if(accounts_.begin(), accounts_.end(),
                                  [&](const Account& one) { return one.user_id == user_id; });
  return found == accounts_.end() ? nullptr : &*found;
}

std::optional<Account> MemoryStore::find_account(std::string_view user_id) {
  std::lock_guard lock(mutex_);
  const auto* account = find(user_id);
  return account == nullptr ? std::nullopt : std::optional(*account);
}

std::optional<Account> MemoryStore::find_account_by_name(std::string_view name) {
  std::lock_guard lock(mutex_);
  const auto wanted = lower_case(name);
  for (const auto& account : accounts_) {
    if (lower_case(account.name) == wanted) return account;
  }
  return std::nullopt;
}

std::vector<Account> MemoryStore::accounts() {
  std::lock_guard lock(mutex_);
  auto sorted = accounts_;
  std::sort(sorted.begin(), sorted.end(), [](const Account& a, const Account& b) {
    return lower_case(a.name) < lower_case(b.name);
  });
  return sorted;
}

StoreOutcome MemoryStore::create_account(const Account& account) {
  std::lock_guard lock(mutex_);
  if (failed_) return StoreOutcome::unavailable;
  const auto name = lower_case(account.name);
  for (const auto& existing : accounts_) {
    if (lower_case(existing.name) == name || existing.user_id == account.user_id) {
      return StoreOutcome::name_taken;
    }
  }
  accounts_.push_back(account);
  return StoreOutcome::done;
}

StoreOutcome MemoryStore::change_account(std::string_view user_id, const AccountChange& change,
                                         TimeMs now, Epoch* raised) {
  std::lock_guard lock(mutex_);
  if (failed_) return StoreOutcome::unavailable;
  auto* account = find(user_id);
  if (account == nullptr) return StoreOutcome::not_found;
  switch (change.kind) {
    case AccountChange::Kind::password: account->password_hash = change.value; break;
    case AccountChange::Kind::role: account->role = change.value; break;
    case AccountChange::Kind::disable: account->disabled = true; break;
    case AccountChange::Kind::remove:
      addresses_.erase(std::string(user_id));
      accounts_.erase(accounts_.begin() + (account - accounts_.data()));
      break;
  }
  auto& epoch = epochs_[std::string(user_id)];
  *raised = epoch = {epoch.number + 1, now};
  return StoreOutcome::done;
}

StoreOutcome MemoryStore::rehash_password(std::string_view user_id, std::string_view hash) {
  std::lock_guard lock(mutex_);
  if (failed_) return StoreOutcome::unavailable;
  auto* account = find(user_id);
  if (account == nullptr) return StoreOutcome::not_found;
  account->password_hash = hash;
  return StoreOutcome::done;
}

StoreOutcome MemoryStore::enable_account(std::string_view user_id) {
  std::lock_guard lock(mutex_);
  if (failed_) return StoreOutcome::unavailable;
  auto* account = find(user_id);
  if (account == nullptr) return StoreOutcome::not_found;
  account->disabled = false;
  return StoreOutcome::done;
}

StoreOutcome MemoryStore::add_refresh_token(const RefreshToken& token) {
  std::lock_guard lock(mutex_);
  if (failed_) return StoreOutcome::unavailable;
  const bool added = refresh_tokens_.try_emplace(token.token_id, Row{token, {}, {}}).second;
  return added ? StoreOutcome::done : StoreOutcome::unavailable;
}

std::optional<RefreshToken> MemoryStore::find_refresh_token(std::string_view token_id) {
  std::lock_guard lock(mutex_);
  const auto found = refresh_tokens_.find(token_id);
  return found == refresh_tokens_.end() ? std::nullopt : std::optional(found->second.token);
}

RotationOutcome MemoryStore::rotate(std::string_view token_id, std::string_view hash,
                                    const RefreshToken& successor, TimeMs now, TimeMs grace_ms) {
  std::lock_guard lock(mutex_);
  if (failed_) return RotationOutcome::unavailable;
  const auto found = refresh_tokens_.find(token_id);
  if (found == refresh_tokens_.end()) return RotationOutcome::unknown;
  auto& row = found->second;
  if (!same(row.token.hash, hash) || row.token.expires_at <= now) return RotationOutcome::unknown;
  const auto epoch = epochs_.find(row.token.user_id);
  if (families_.contains(row.token.family) ||
      (epoch != epochs_.end() && epoch->second.number > row.token.epoch)) {
    return RotationOutcome::revoked;
  }
  if (row.used_at) {
    const auto next = refresh_tokens_.find(row.successor);
    const bool successor_used = next != refresh_tokens_.end() && next->second.used_at;
    if (!successor_used && now - *row.used_at <= grace_ms) return RotationOutcome::repeated;
    TimeMs last = 0;
    for (const auto& [id, other] : refresh_tokens_) {
      if (other.token.family == row.token.family) last = std::max(last, other.token.expires_at);
    }
    keep_family(row.token.family, last);
    return RotationOutcome::family_revoked;
  }
  row.used_at = now;
  row.successor = successor.token_id;
  refresh_tokens_.try_emplace(successor.token_id, Row{successor, {}, {}});
  return RotationOutcome::rotated;
}

void MemoryStore::keep_family(std::string_view family, TimeMs expires_at) {
  auto& until = families_[std::string(family)];
  until = std::max(until, expires_at);
}

bool MemoryStore::family_revoked(std::string_view family) {
  std::lock_guard lock(mutex_);
  return families_.contains(family);
}

std::vector<RevokedFamily> MemoryStore::revoked_families(TimeMs now) {
  std::lock_guard lock(mutex_);
  std::vector<RevokedFamily> found;
  for (const auto& [family, until] : families_) {
    if (until > now) found.push_back({family, until});
  }
  return found;
}

Epoch MemoryStore::epoch(std::string_view user_id) {
  std::lock_guard lock(mutex_);
  const auto found = epochs_.find(user_id);
  return found == epochs_.end() ? Epoch{} : found->second;
}

std::vector<UserEpoch> MemoryStore::epochs() {
  std::lock_guard lock(mutex_);
  std::vector<UserEpoch> found;
  for (const auto& [user_id, epoch] : epochs_) found.push_back({user_id, epoch});
  return found;
}

std::optional<Epoch> MemoryStore::raise_epoch(std::string_view user_id, TimeMs now) {
  std::lock_guard lock(mutex_);
  if (failed_) return std::nullopt;
  auto& epoch = epochs_[std::string(user_id)];
  epoch = {epoch.number + 1, now};
  return epoch;
}

StoreOutcome MemoryStore::revoke_session(const RevokedToken& token, const RevokedFamily& family) {
  std::lock_guard lock(mutex_);
  if (failed_) return StoreOutcome::unavailable;
  auto& until = tokens_[token.jti];
  until = std::max(until, token.expires_at);
  if (!family.family.empty()) keep_family(family.family, family.expires_at);
  return StoreOutcome::done;
}

std::vector<RevokedToken> MemoryStore::revoked_tokens(TimeMs now) {
  std::lock_guard lock(mutex_);
  std::vector<RevokedToken> found;
  for (const auto& [jti, until] : tokens_) {
    if (until > now) found.push_back({jti, until});
  }
  return found;
}

std::optional<std::string> MemoryStore::secret(std::string_view name) {
  std::lock_guard lock(mutex_);
  const auto found = secrets_.find(name);
  return found == secrets_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<std::string> MemoryStore::keep_secret(std::string_view name, std::string_view value) {
  std::lock_guard lock(mutex_);
  if (failed_) return std::nullopt;
  return secrets_.try_emplace(std::string(name), value).first->second;
}

StoreOutcome MemoryStore::remember_address(std::string_view user_id, std::string_view address,
                                           TimeMs /*now*/) {
  std::lock_guard lock(mutex_);
  if (failed_) return StoreOutcome::unavailable;
  auto& known = addresses_[std::string(user_id)];
  std::erase(known, address);
  known.emplace_back(address);
  if (known.size() > kMaxAddresses) known.erase(known.begin());
  return StoreOutcome::done;
}

std::vector<KnownAddress> MemoryStore::known_addresses() {
  std::lock_guard lock(mutex_);
  std::vector<KnownAddress> found;
  for (const auto& account : accounts_) {
    const auto known = addresses_.find(account.user_id);
    if (known == addresses_.end()) continue;
    for (const auto& address : known->second) found.push_back({account.name, address});
  }
  return found;
}

StoreOutcome MemoryStore::add_audit(std::span<const AuditEntry> entries) {
  std::lock_guard lock(mutex_);
  if (failed_) return StoreOutcome::unavailable;
  for (const auto& entry : entries) {
    audit_.push_back(entry);
    audit_.back().id = ++last_audit_id_;
  }
  while (audit_.size() > kMaxAudit) audit_.pop_front();
  return StoreOutcome::done;
}

std::vector<AuditEntry> MemoryStore::audit(std::int64_t before, std::size_t limit) {
  std::lock_guard lock(mutex_);
  std::vector<AuditEntry> found;
  for (auto entry = audit_.rbegin(); entry != audit_.rend() && found.size() < limit; ++entry) {
    if (entry->id < before) found.push_back(*entry);
  }
  return found;
}

StoreOutcome MemoryStore::prune(TimeMs now) {
  std::lock_guard lock(mutex_);
  if (failed_) return StoreOutcome::unavailable;
  std::erase_if(refresh_tokens_,
                [&](const auto& entry) { return entry.second.token.expires_at <= now; });
  std::erase_if(families_, [&](const auto& entry) { return entry.second <= now; });
  std::erase_if(tokens_, [&](const auto& entry) { return entry.second <= now; });
  auto failures = static_cast<std::size_t>(std::count_if(audit_.begin(), audit_.end(), is_failure));
  std::erase_if(audit_, [&](const AuditEntry& entry) {
    return failures > kMaxAuditFailures && is_failure(entry) && failures-- > 0;
  });
  return StoreOutcome::done;
}

}  // namespace lectern::identity
