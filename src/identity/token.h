#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/fwd.hpp>

#include "base/time.h"
#include "identity/asymmetric_key.h"
#include "identity/errors.h"
#include "identity/jws.h"

namespace lectern::identity {

// What an access token says. Times are seconds since the epoch, as RFC 7519 has them. A2.
struct AccessClaims {
  std::string user_id;
  std::string username;  // as signed: others' tokens may hold any text, so clean it before showing
  std::string role;
  std::vector<std::string> permissions;  // empty: those of the role
  std::string jti;
  std::int64_t issued_at = 0;
  std::int64_t expires_at = 0;
  std::string family;                  // of its refresh token; empty in tokens of other issuers
  std::optional<std::uint64_t> epoch;  // of the user; none in tokens of other issuers
  std::string room_id;                 // of guests: the only room they may enter; else empty
};

// What a refresh token says. A3. Guests have no account, so theirs also says who they are.
struct RefreshClaims {
  std::string user_id;
  std::string token_id;  // its jti
  std::int64_t issued_at = 0;
  std::int64_t expires_at = 0;
  std::string username;  // of guests
  std::string room_id;   // of guests
};

struct TokenRules {
  std::string issuer = "edtech-platform";
  std::string audience = "webapp";
};

// Why a secret may not sign tokens; nullptr when it may. It has at least 32 bytes and is no sample
// from documentation. D42.
const char* weakness_of_secret(std::string_view secret);

// What signs and verifies access tokens besides the secret.
struct AccessKeys {
  // All of them verify, and the first that can sign signs; none: the secret does.
  std::vector<AsymmetricKey> keys;
  bool secret_verifies = true;  // HS256 is accepted
};

// All that signs and verifies. Both secrets have passed weakness_of_secret().
struct TokenKeys {
  std::string access_secret;
  std::string refresh_secret;
  AccessKeys access;
};

// Signs and verifies tokens: JWS compact serialisation (RFC 7515). Refresh tokens are HS256 over
// the raw bytes of their secret; access tokens are that too, or RS256, ES256 or EdDSA with a key.
// Any thread; a lock is held for a copy of a pointer.
//
// A verified token has a header whose `alg` is that of the key that verifies it and no `crit`; a
// `kid`, if any, only chooses among the keys. It has strict base64url, a signature compared in
// constant time, no claim twice, the right `type`, `iss` and `aud` (a string or an
// array that contains it), and `exp`, `iat`, `sub`, `jti`. `userId`, when there, equals `sub`.
// Larger tokens than kMaxTokenBytes are refused unread. D38.
class Tokens {
 public:
  static constexpr std::size_t kMaxTokenBytes = identity::kMaxTokenBytes;
  static constexpr std::int64_t kLeewaySeconds = 5;  // for `iat` and `nbf`; `exp` has none

  // Both secrets have passed weakness_of_secret().
  Tokens(std::string access_secret, std::string refresh_secret, TokenRules rules,
         AccessKeys keys = {});
  Tokens(TokenKeys keys, TokenRules rules);

  // From now on these sign and verify, and no others.
  void replace(TokenKeys keys);

  std::string sign(const AccessClaims& claims) const;
  std::string sign(const RefreshClaims& claims) const;

  // Errors: invalid_token, token_expired (of a token that is good in all else). Whether it was
  // revoked is another question: see Authenticator.
  [[nodiscard]] Result<AccessClaims> verify_access(std::string_view token, TimeMs now) const;
  [[nodiscard]] Result<RefreshClaims> verify_refresh(std::string_view token, TimeMs now) const;

  // The public keys as a JWK set (RFC 7517); nullopt when the secret alone signs.
  std::optional<boost::json::object> public_keys() const;

 private:
  std::shared_ptr<const TokenKeys> keys() const;

  const TokenRules rules_;
  mutable std::mutex mutex_;  // guards keys_
  std::shared_ptr<const TokenKeys> keys_;
};

// SHA-256, 32 bytes: how a refresh token is stored.
std::string sha256(std::string_view bytes);

}  // namespace lectern::identity
