#include "identity/revocations.h"

#include <algorithm>
#include <mutex>

namespace lectern::identity {

void Revocations::load(AccountStore& store, TimeMs now) {
  for (const auto& [user_id, epoch] : store.epochs()) set_epoch(user_id, epoch);
  for (const auto& token : store.revoked_tokens(now)) add_token(token);
  for (const auto& [family, expires_at] : store.revoked_families(now)) {
    add_family(family, expires_at);
  }
  for (const auto& account : store.accounts()) {
    set_disabled(account.user_id, account.disabled);
  }
}

Result<void> Revocations::check(const AccessClaims& claims, TimeMs now) const {
  const auto is_listed = [now](const Map<TimeMs>& list, std::string_view key) {
    const auto found = list.find(key);
    return found != list.end() && found->second > now;
  };
  std::shared_lock lock(mutex_);
  if (disabled_.contains(claims.user_id) || is_listed(tokens_, claims.jti) ||
      (!claims.family.empty() && is_listed(families_, claims.family))) {
    return AuthErrc::token_revoked;
  }
  const auto epoch = epochs_.find(claims.user_id);
  if (epoch == epochs_.end()) return {};
  // A token without an epoch only says in which second it was issued, so that whole second is dead.
  const bool dead = claims.epoch ? *claims.epoch < epoch->second.number
                                 : claims.issued_at <= epoch->second.raised_at / 1000;
  if (dead) return AuthErrc::token_revoked;
  return {};
}

void Revocations::set_epoch(std::string_view user_id, Epoch epoch) {
  std::unique_lock lock(mutex_);
  auto& known = epochs_[std::string(user_id)];
  known.number = std::max(known.number, epoch.number);
  known.raised_at = std::max(known.raised_at, epoch.raised_at);
}

void Revocations::add_token(const RevokedToken& token) {
  std::unique_lock lock(mutex_);
  auto& until = tokens_[token.jti];
  until = std::max(until, token.expires_at);
}

void Revocations::add_family(std::string_view family, TimeMs expires_at) {
  std::unique_lock lock(mutex_);
  auto& until = families_[std::string(family)];
  until = std::max(until, expires_at);
}

void Revocations::set_disabled(std::string_view user_id, bool disabled) {
  std::unique_lock lock(mutex_);
  if (disabled) {
    disabled_.emplace(user_id);
  } else if (const auto found = disabled_.find(user_id); found != disabled_.end()) {
    disabled_.erase(found);
  }
}

void Revocations::prune(TimeMs now) {
  const auto expired = [now](const auto& entry) { return entry.second <= now; };
  std::unique_lock lock(mutex_);
  std::erase_if(tokens_, expired);
  std::erase_if(families_, expired);
}

std::size_t Revocations::size() const {
  std::shared_lock lock(mutex_);
  return epochs_.size() + tokens_.size() + families_.size() + disabled_.size();
}

}  // namespace lectern::identity
