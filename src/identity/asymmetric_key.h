#pragma once

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include <boost/json/fwd.hpp>

extern "C" {
typedef struct evp_pkey_st EVP_PKEY;  // NOLINT: as <openssl/types.h> has it
}

namespace lectern::identity {

// Why a file holds no key that may sign or verify tokens; one line, without the key.
class KeyError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// A key of RS256 (at least 2048 bits), ES256 (P-256) or EdDSA (Ed25519), RFC 7518 and 8037. What
// kind of key it is decides about the algorithm; no token ever does. A value; any thread.
class AsymmetricKey {
 public:
  // A private or a public key, unencrypted. Its id is its thumbprint (RFC 7638). Throws KeyError.
  static AsymmetricKey from_pem(const std::string& pem);

  // A public key of a JWK set (RFC 7517) with a `kid`. Nullopt for one that verifies no signature
  // of ours: another type or curve, an `alg` or `use` of something else, weak or damaged.
  static std::optional<AsymmetricKey> from_jwk(const boost::json::object& jwk);

  const std::string& id() const { return id_; }
  std::string_view algorithm() const { return algorithm_; }  // as `alg` of a header has it
  bool can_sign() const { return can_sign_; }

  std::string sign(std::string_view message) const;  // as JWS has it; can_sign()
  bool verify(std::string_view message, std::string_view signature) const;

  boost::json::object public_jwk() const;

 private:
  explicit AsymmetricKey(std::shared_ptr<EVP_PKEY> key);  // throws KeyError

  std::shared_ptr<EVP_PKEY> key_;
  std::string_view algorithm_;
  bool can_sign_ = false;
  std::string id_;
};

}  // namespace lectern::identity
