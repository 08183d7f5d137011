#pragma once

#include <string_view>
#include <vector>

#include "identity/provider.h"
#include "identity/revocations.h"
#include "identity/roles.h"
#include "identity/token.h"

namespace lectern::identity {

// Somebody whose token was checked.
struct Identity {
  AccessClaims claims;
  std::vector<std::string> permissions;  // what they hold: Roles::effective()
};

// Says who sends a token. Microseconds, no I/O; any thread. What it is given must outlive it.
class Authenticator {
 public:
  // With a provider its tokens count as well.
  Authenticator(const Tokens& tokens, const Roles& roles, const Revocations& revocations,
                const Provider* provider = nullptr)
      : tokens_(tokens), roles_(roles), revocations_(revocations), provider_(provider) {}

  // Errors: auth_required (empty), invalid_token, token_expired, token_revoked.
  [[nodiscard]] Result<Identity> authenticate(std::string_view token, TimeMs now) const;

  // Whether a live connection may stay: OK, token_expired or token_revoked.
  [[nodiscard]] Result<void> recheck(const AccessClaims& claims, TimeMs now) const;

 private:
  const Tokens& tokens_;
  const Roles& roles_;
  const Revocations& revocations_;
  const Provider* provider_;
};

// The token of an `Authorization: Bearer …` header; empty when there is none.
std::string_view bearer_token(std::string_view authorization);

}  // namespace lectern::identity
