#include "identity/asymmetric_key.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <vector>

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "base/base64.h"
#include "identity/json_claims.h"
#include "identity/token.h"

namespace lectern::identity {
namespace {

namespace json = boost::json;

constexpr int kMinRsaBits = 2048;
constexpr int kMaxRsaBits = 8192;  // a larger one makes every check slow
constexpr std::size_t kCoordinate = 32;
constexpr std::size_t kMaxKeyId = 256;

template <auto release>
struct Release {
  template <class T>
  void operator()(T* object) const {
    release(object);
  }
};
using Bio = std::unique_ptr<BIO, Release<BIO_free>>;
using Number = std::unique_ptr<BIGNUM, Release<BN_free>>;
using Context = std::unique_ptr<EVP_PKEY_CTX, Release<EVP_PKEY_CTX_free>>;
using Digest = std::unique_ptr<EVP_MD_CTX, Release<EVP_MD_CTX_free>>;
using Builder = std::unique_ptr<OSSL_PARAM_BLD, Release<OSSL_PARAM_BLD_free>>;
using Parameters = std::unique_ptr<OSSL_PARAM, Release<OSSL_PARAM_free>>;
using Signature = std::unique_ptr<ECDSA_SIG, Release<ECDSA_SIG_free>>;
using Key = std::shared_ptr<EVP_PKEY>;

Key own(EVP_PKEY* key) { return key == nullptr ? nullptr : Key(key, EVP_PKEY_free); }

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// Nothing is asked at a terminal.
int no_password(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*user*/) { return -1; }

Key read_pem(const std::string& pem, bool& is_private) {
  const auto bio = [&] { return Bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))); };
  auto key = own(PEM_read_bio_PrivateKey(bio().get(), nullptr, no_password, nullptr));
  is_private = key != nullptr;
  if (!key) key = own(PEM_read_bio_PUBKEY(bio().get(), nullptr, no_password, nullptr));
  ERR_clear_error();
  return key;
}

std::string number_of(const Key& key, const char* name, std::size_t size = 0) {
  BIGNUM* found = nullptr;
  if (EVP_PKEY_get_bn_param(key.get(), name, &found) != 1) return {};
  const Number number(found);
  const auto needed = static_cast<std::size_t>(BN_num_bytes(found));
  std::string bytes(std::max(size, needed), '\0');
  BN_bn2binpad(found, reinterpret_cast<unsigned char*>(bytes.data()),
               static_cast<int>(bytes.size()));
  return bytes;
}

// The algorithm that belongs to a key; throws for one that has none here.
std::string_view algorithm_of(const Key& key) {
  if (EVP_PKEY_is_a(key.get(), "RSA") == 1) {
    const int bits = EVP_PKEY_get_bits(key.get());
    if (bits < kMinRsaBits || bits > kMaxRsaBits) {
      throw KeyError("an RSA key has 2048 to 8192 bits");
    }
    return "RS256";
  }
  if (EVP_PKEY_is_a(key.get(), "EC") == 1) {
    std::array<char, 64> group{};
    if (EVP_PKEY_get_group_name(key.get(), group.data(), group.size(), nullptr) == 1 &&
        std::string_view(group.data()) == "prime256v1") {
      return "ES256";
    }
    throw KeyError("the curve of an EC key must be P-256");
  }
  if (EVP_PKEY_is_a(key.get(), "ED25519") == 1) return "EdDSA";
  throw KeyError("the key is neither RSA nor EC nor Ed25519");
}

// Built from parameters, and checked: a point lies on its curve.
Key key_from(const char* type, OSSL_PARAM_BLD* builder) {
  const Parameters parameters(OSSL_PARAM_BLD_to_param(builder));
  const Context context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* made = nullptr;
  if (!parameters || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1) {
    return nullptr;
  }
  auto key = own(made);
  const Context check(EVP_PKEY_CTX_new_from_pkey(nullptr, made, nullptr));
  return check && EVP_PKEY_public_check(check.get()) == 1 ? key : nullptr;
}

std::optional<std::string> bytes_claim(const json::object& jwk, std::string_view name) {
  const auto text = string_claim(jwk, name);
  return text ? base64url_decode(*text) : std::nullopt;
}

Key rsa_from(const json::object& jwk) {
  const auto n = bytes_claim(jwk, "n");
  const auto e = bytes_claim(jwk, "e");
  if (!n || !e || n->size() > kMaxRsaBits / 8 || e->size() > 8) return nullptr;
  const Number modulus(BN_bin2bn(bytes_of(*n), static_cast<int>(n->size()), nullptr));
  const Number exponent(BN_bin2bn(bytes_of(*e), static_cast<int>(e->size()), nullptr));
  const Builder builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get());
  return key_from("RSA", builder.get());
}

Key ec_from(const json::object& jwk) {
  const auto x = bytes_claim(jwk, "x");
  const auto y = bytes_claim(jwk, "y");
  if (string_claim(jwk, "crv") != "P-256" || !x || !y || x->size() != kCoordinate ||
      y->size() != kCoordinate) {
    return nullptr;
  }
  const auto point = '\x04' + *x + *y;
  const Builder builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0);
  OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                   point.size());
  return key_from("EC", builder.get());
}

Key ed25519_from(const json::object& jwk) {
  const auto x = bytes_claim(jwk, "x");
  if (string_claim(jwk, "crv") != "Ed25519" || !x || x->size() != kCoordinate) return nullptr;
  return own(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes_of(*x), x->size()));
}

// ECDSA signatures are DER in OpenSSL and two numbers side by side in JWS.
std::string raw_signature(const std::string& der) {
  const auto* at = bytes_of(der);
  const Signature signature(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
  assert(signature);
  std::string raw(2 * kCoordinate, '\0');
  auto* out = reinterpret_cast<unsigned char*>(raw.data());
  BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), out, kCoordinate);
  BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), out + kCoordinate, kCoordinate);
  return raw;
}

std::optional<std::string> der_signature(std::string_view raw) {
  if (raw.size() != 2 * kCoordinate) return std::nullopt;
  const Signature signature(ECDSA_SIG_new());
  auto* r = BN_bin2bn(bytes_of(raw), kCoordinate, nullptr);
  auto* s = BN_bin2bn(bytes_of(raw) + kCoordinate, kCoordinate, nullptr);
  ECDSA_SIG_set0(signature.get(), r, s);  // it owns them now
  unsigned char* out = nullptr;
  const int size = i2d_ECDSA_SIG(signature.get(), &out);
  if (size <= 0) return std::nullopt;
  std::string der(reinterpret_cast<const char*>(out), static_cast<std::size_t>(size));
  OPENSSL_free(out);
  return der;
}

// The required members in the order of their names, as RFC 7638 wants them.
std::string thumbprint(const json::object& jwk) {
  std::string text = "{";
  for (const auto* name : {"crv", "e", "kty", "n", "x", "y"}) {
    const auto value = string_claim(jwk, name);
    if (!value) continue;
    if (text.size() > 1) text += ',';
    text += std::string("\"") + name + "\":\"" + std::string(*value) + '"';
  }
  return base64url_encode(sha256(text + '}'));
}

}  // namespace

AsymmetricKey::AsymmetricKey(std::shared_ptr<EVP_PKEY> key)
    : key_(std::move(key)), algorithm_(algorithm_of(key_)) {}

AsymmetricKey AsymmetricKey::from_pem(const std::string& pem) {
  bool is_private = false;
  auto key = read_pem(pem, is_private);
  if (!key) throw KeyError("holds no unencrypted private or public key in PEM");
  AsymmetricKey made(std::move(key));
  made.can_sign_ = is_private;
  made.id_ = thumbprint(made.public_jwk());
  return made;
}

std::optional<AsymmetricKey> AsymmetricKey::from_jwk(const json::object& jwk) {
  const auto id = string_claim(jwk, "kid");
  const auto type = string_claim(jwk, "kty");
  if (!id || id->empty() || id->size() > kMaxKeyId || !type) return std::nullopt;
  if (jwk.contains("use") && string_claim(jwk, "use") != "sig") return std::nullopt;
  Key key;
  if (*type == "RSA") key = rsa_from(jwk);
  if (*type == "EC") key = ec_from(jwk);
  if (*type == "OKP") key = ed25519_from(jwk);
  ERR_clear_error();
  if (!key) return std::nullopt;
  try {
    AsymmetricKey made(std::move(key));
    if (jwk.contains("alg") && string_claim(jwk, "alg") != made.algorithm_) return std::nullopt;
    made.id_ = *id;
    return made;
  } catch (const KeyError&) {
    return std::nullopt;
  }
}

std::string AsymmetricKey::sign(std::string_view message) const {
  assert(can_sign_);
  const Digest context(EVP_MD_CTX_new());
  const auto* digest = algorithm_ == "EdDSA" ? nullptr : EVP_sha256();
  std::size_t size = 0;
  if (EVP_DigestSignInit(context.get(), nullptr, digest, nullptr, key_.get()) != 1 ||
      EVP_DigestSign(context.get(), nullptr, &size, bytes_of(message), message.size()) != 1) {
    throw KeyError("a token cannot be signed");
  }
  std::string signature(size, '\0');
  if (EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                     bytes_of(message), message.size()) != 1) {
    throw KeyError("a token cannot be signed");
  }
  signature.resize(size);
  return algorithm_ == "ES256" ? raw_signature(signature) : signature;
}

bool AsymmetricKey::verify(std::string_view message, std::string_view signature) const {
  std::optional<std::string> der;
  if (algorithm_ == "ES256") {
    der = der_signature(signature);
    if (!der) return false;
    signature = *der;
  }
  const Digest context(EVP_MD_CTX_new());
  const auto* digest = algorithm_ == "EdDSA" ? nullptr : EVP_sha256();
  const bool good =
      EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, key_.get()) == 1 &&
      EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(message),
                       message.size()) == 1;
  if (!good) ERR_clear_error();
  return good;
}

json::object AsymmetricKey::public_jwk() const {
  json::object jwk{{"kid", id_}, {"use", "sig"}, {"alg", algorithm_}};
  if (algorithm_ == "RS256") {
    jwk["kty"] = "RSA";
    jwk["n"] = base64url_encode(number_of(key_, OSSL_PKEY_PARAM_RSA_N));
    jwk["e"] = base64url_encode(number_of(key_, OSSL_PKEY_PARAM_RSA_E));
  } else if (algorithm_ == "ES256") {
    jwk["kty"] = "EC";
    jwk["crv"] = "P-256";
    jwk["x"] = base64url_encode(number_of(key_, OSSL_PKEY_PARAM_EC_PUB_X, kCoordinate));
    jwk["y"] = base64url_encode(number_of(key_, OSSL_PKEY_PARAM_EC_PUB_Y, kCoordinate));
  } else {
    std::string x(kCoordinate, '\0');
    auto size = x.size();
    EVP_PKEY_get_raw_public_key(key_.get(), reinterpret_cast<unsigned char*>(x.data()), &size);
    jwk["kty"] = "OKP";
    jwk["crv"] = "Ed25519";
    jwk["x"] = base64url_encode(x);
  }
  return jwk;
}

}  // namespace lectern::identity
