#include "identity/authenticator.h"

#include <algorithm>

namespace lectern::identity {

Result<Identity> Authenticator::authenticate(std::string_view token, TimeMs now) const {
  if (token.empty()) return AuthErrc::auth_required;
  auto claims = tokens_.verify_access(token, now);
  if (!claims && provider_ && auth_errc(claims.error()) == AuthErrc::invalid_token) {
    claims = provider_->verify(token, now);
  }
  if (!claims) return claims.error();
  if (const auto alive = revocations_.check(*claims, now); !alive) return alive.error();
  auto permissions = roles_.effective(claims->role, claims->permissions);
  return Identity{std::move(*claims), std::move(permissions)};
}

Result<void> Authenticator::recheck(const AccessClaims& claims, TimeMs now) const {
  if (const auto alive = revocations_.check(claims, now); !alive) return alive.error();
  if (now / 1000 >= claims.expires_at) return AuthErrc::token_expired;
  return {};
}

std::string_view bearer_token(std::string_view authorization) {
  constexpr std::string_view kScheme = "bearer ";
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  if (authorization.size() < kScheme.size() ||
      !std::equal(kScheme.begin(), kScheme.end(), authorization.begin(),
                  [&](char a, char b) { return a == lower(b); })) {
    return {};
  }
  authorization.remove_prefix(kScheme.size());
  while (authorization.starts_with(' ')) authorization.remove_prefix(1);
  while (authorization.ends_with(' ')) authorization.remove_suffix(1);
  return authorization;
}

}  // namespace lectern::identity
