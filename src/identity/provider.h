#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "identity/roles.h"
#include "identity/token.h"

namespace lectern::identity {

// Which tokens of an identity provider count, and where they say what. A name of a claim with dots,
// "realm_access.roles", leads into objects.
struct ProviderRules {
  std::string issuer;
  std::string audience;
  std::string user_claim = "sub";
  std::string name_claim = "name";
  std::string role_claim = "role";  // a string, or an array whose first known role counts
  std::string permissions_claim;    // an array or words in a string; empty: those of the role
  std::string default_role;         // of users without a known role; empty: they may do nothing
};

// Verifies access tokens that somebody else signs, with the keys of a JWK set (RFC 7517). Never a
// shared secret: `oct` keys of a set are passed over. Any thread; a lock is held for a copy of a
// pointer.
class Provider {
 public:
  static constexpr std::size_t kMaxKeys = 100;

  // `roles` outlives this object. `on_unknown_key` is told of a token whose `kid` no key has, from
  // the thread that verifies: it looks whether the keys have changed, and returns at once.
  Provider(ProviderRules rules, const Roles& roles, std::function<void()> on_unknown_key);

  // The keys from now on; how many of the set can be used. Nullopt: that is no JWK set, or one
  // without a usable key, and the keys stay what they were.
  std::optional<std::size_t> load(std::string_view jwks);

  // Errors: invalid_token, token_expired. It has the provider's `iss` and `aud`, `exp` and `iat`,
  // and a user. Without a `jti` the hash of the token stands in, so that it can be revoked.
  [[nodiscard]] Result<AccessClaims> verify(std::string_view token, TimeMs now) const;

 private:
  using Keys = std::map<std::string, AsymmetricKey, std::less<>>;  // by id

  std::shared_ptr<const Keys> keys() const;
  bool verified(const SplitToken& token) const;
  void take_role(const boost::json::object& claims, AccessClaims& access) const;
  void take_permissions(const boost::json::object& claims, AccessClaims& access) const;

  ProviderRules rules_;
  const Roles& roles_;
  std::function<void()> on_unknown_key_;
  mutable std::mutex mutex_;  // guards keys_
  std::shared_ptr<const Keys> keys_;
};

}  // namespace lectern::identity
