#include "identity/token.h"

#include <algorithm>
#include <array>
#include <cassert>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "base/base64.h"
#include "identity/json_claims.h"

namespace lectern::identity {
namespace {

namespace json = boost::json;

constexpr std::size_t kMinSecretBytes = 32;
constexpr std::size_t kMaxNameBytes = 1024;  // username; shown names are far shorter
constexpr std::size_t kMaxPermissions = 100;

// base64url of {"alg":"HS256","typ":"JWT"}.
constexpr std::string_view kHeader = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";

// What sample files and tutorials put where a secret belongs, in small letters and digits.
constexpr std::string_view kSamplePhrases[] = {
    "changeme",    "changethis", "changein",    "replaceme",       "replacethis", "atleast32",
    "atleast256",  "atleast512", "yoursecret",  "your256bit",      "yoursuper",   "youraccess",
    "yourrefresh", "yourjwt",    "placeholder", "notforproduction"};
constexpr std::string_view kSampleWords[] = {"secret",    "password",    "default", "secretkey",
                                             "jwtsecret", "supersecret", "mysecret"};

bool repeats(std::string_view text, std::string_view word) {
  for (std::size_t at = 0; at < text.size(); at += word.size()) {
    if (!word.starts_with(text.substr(at, word.size()))) return false;
  }
  return true;
}

std::string hmac_sha256(std::string_view secret, std::string_view message) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(message.data()), message.size(), digest.data(),
       &size);
  assert(size == 32);
  return {reinterpret_cast<const char*>(digest.data()), size};
}

std::string sign_with_secret(const json::object& claims, std::string_view secret) {
  std::string token(kHeader);
  token += '.';
  token += base64url_encode(json::serialize(claims));
  const auto signature = base64url_encode(hmac_sha256(secret, token));
  token += '.';
  token += signature;
  return token;
}

std::string sign_with_key(const json::object& claims, const AsymmetricKey& key) {
  const json::object header{{"alg", key.algorithm()}, {"typ", "JWT"}, {"kid", key.id()}};
  auto token = base64url_encode(json::serialize(header));
  token += '.';
  token += base64url_encode(json::serialize(claims));
  const auto signature = base64url_encode(key.sign(token));
  token += '.';
  token += signature;
  return token;
}

bool signed_with_secret(const SplitToken& token, std::string_view secret) {
  if (token.algorithm != "HS256") return false;
  const auto expected = hmac_sha256(secret, token.message);
  return token.signature.size() == expected.size() &&
         CRYPTO_memcmp(token.signature.data(), expected.data(), expected.size()) == 0;
}

std::optional<json::object> claims_of(const SplitToken& token) {
  const auto payload = base64url_decode(token.payload);
  return payload ? parse_claims(*payload) : std::nullopt;
}

// The claims of an access token that a key or the secret has signed.
std::optional<json::object> open_access(std::string_view text, const TokenKeys& keys) {
  const auto token = split_token(text);
  if (!token) return std::nullopt;
  const bool good =
      (keys.access.secret_verifies && signed_with_secret(*token, keys.access_secret)) ||
      std::any_of(keys.access.keys.begin(), keys.access.keys.end(),
                  [&](const auto& key) { return signed_with_key(*token, key); });
  return good ? claims_of(*token) : std::nullopt;
}

std::optional<json::object> open_refresh(std::string_view text, std::string_view secret) {
  const auto token = split_token(text);
  return token && signed_with_secret(*token, secret) ? claims_of(*token) : std::nullopt;
}

struct Registered {
  std::string_view subject;
  std::string_view jti;
  std::int64_t issued_at = 0;
  std::int64_t expires_at = 0;
};

// The claims that every token needs (RFC 7519 section 4.1), apart from whether it has expired.
std::optional<Registered> registered(const json::object& claims, std::string_view type,
                                     const TokenRules& rules, TimeMs now) {
  if (string_claim(claims, "type") != type || string_claim(claims, "iss") != rules.issuer ||
      !audience_agrees(claims, rules.audience)) {
    return std::nullopt;
  }
  const auto subject = string_claim(claims, "sub");
  const auto jti = string_claim(claims, "jti");
  const auto issued_at = time_claim(claims, "iat");
  const auto expires_at = time_claim(claims, "exp");
  if (!subject || !jti || !issued_at || !expires_at || !is_id(*subject) || !is_id(*jti)) {
    return std::nullopt;
  }
  if (claims.contains("userId") && string_claim(claims, "userId") != subject) return std::nullopt;
  const auto latest = now / 1000 + Tokens::kLeewaySeconds;
  if (*issued_at > latest) return std::nullopt;
  if (claims.contains("nbf")) {
    const auto not_before = time_claim(claims, "nbf");
    if (!not_before || *not_before > latest) return std::nullopt;
  }
  return Registered{*subject, *jti, *issued_at, *expires_at};
}

// An optional string: absent is empty, anything but a bounded string is an error.
bool take_string(const json::object& claims, std::string_view name, std::size_t max_bytes,
                 std::string& out) {
  if (!claims.contains(name)) return true;
  const auto text = string_claim(claims, name);
  if (!text || text->size() > max_bytes) return false;
  out = *text;
  return true;
}

bool take_permissions(const json::object& claims, std::vector<std::string>& out) {
  const auto* value = claims.if_contains("permissions");
  if (value == nullptr) return true;
  if (!value->is_array() || value->get_array().size() > kMaxPermissions) return false;
  for (const auto& permission : value->get_array()) {
    if (!permission.is_string() || permission.get_string().size() > kMaxIdBytes) return false;
    out.emplace_back(permission.get_string());
  }
  return true;
}

bool take_epoch(const json::object& claims, std::optional<std::uint64_t>& out) {
  const auto* value = claims.if_contains("epoch");
  if (value == nullptr) return true;
  boost::system::error_code error;
  const auto number = value->to_number<std::uint64_t>(error);
  if (error) return false;
  out = number;
  return true;
}

json::object registered_json(std::string_view user_id, std::string_view jti, std::string_view type,
                             std::int64_t issued_at, std::int64_t expires_at,
                             const TokenRules& rules) {
  return {{"sub", user_id},   {"userId", user_id}, {"type", type},        {"jti", jti},
          {"iat", issued_at}, {"exp", expires_at}, {"iss", rules.issuer}, {"aud", rules.audience}};
}

}  // namespace

const char* weakness_of_secret(std::string_view secret) {
  if (secret.size() < kMinSecretBytes) return "has less than 32 bytes";
  std::string letters;
  for (const char c : secret) {
    if (c >= 'A' && c <= 'Z') letters += static_cast<char>(c - 'A' + 'a');
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) letters += c;
  }
  if (letters.empty()) return nullptr;
  for (const auto phrase : kSamplePhrases) {
    if (letters.find(phrase) != letters.npos) return "is a well-known sample value";
  }
  for (const auto word : kSampleWords) {
    if (repeats(letters, word)) return "is a well-known sample value";
  }
  return nullptr;
}

Tokens::Tokens(TokenKeys keys, TokenRules rules) : rules_(std::move(rules)) {
  replace(std::move(keys));
}

Tokens::Tokens(std::string access_secret, std::string refresh_secret, TokenRules rules,
               AccessKeys keys)
    : Tokens(TokenKeys{std::move(access_secret), std::move(refresh_secret), std::move(keys)},
             std::move(rules)) {}

void Tokens::replace(TokenKeys keys) {
  assert(keys.access_secret.size() >= kMinSecretBytes &&
         keys.refresh_secret.size() >= kMinSecretBytes);
  auto next = std::make_shared<const TokenKeys>(std::move(keys));
  const std::lock_guard lock(mutex_);
  keys_.swap(next);
}

std::shared_ptr<const TokenKeys> Tokens::keys() const {
  const std::lock_guard lock(mutex_);
  return keys_;
}

std::string Tokens::sign(const AccessClaims& claims) const {
  auto object = registered_json(claims.user_id, claims.jti, "access", claims.issued_at,
                                claims.expires_at, rules_);
  object["username"] = claims.username;
  object["role"] = claims.role;
  object["permissions"] = json::array(claims.permissions.begin(), claims.permissions.end());
  if (!claims.family.empty()) object["family"] = claims.family;
  if (claims.epoch) object["epoch"] = *claims.epoch;
  if (!claims.room_id.empty()) object["roomId"] = claims.room_id;
  const auto all = keys();
  const auto& own = all->access.keys;
  const auto signer =
      std::find_if(own.begin(), own.end(), [](const AsymmetricKey& key) { return key.can_sign(); });
  return signer != own.end() ? sign_with_key(object, *signer)
                             : sign_with_secret(object, all->access_secret);
}

std::string Tokens::sign(const RefreshClaims& claims) const {
  auto object = registered_json(claims.user_id, claims.token_id, "refresh", claims.issued_at,
                                claims.expires_at, rules_);
  object["tokenId"] = claims.token_id;
  if (!claims.room_id.empty()) {
    object["username"] = claims.username;
    object["roomId"] = claims.room_id;
  }
  return sign_with_secret(object, keys()->refresh_secret);
}

std::optional<json::object> Tokens::public_keys() const {
  const auto all = keys();
  if (all->access.keys.empty()) return std::nullopt;
  json::array published;
  for (const auto& key : all->access.keys) published.push_back(key.public_jwk());
  return json::object{{"keys", std::move(published)}};
}

Result<AccessClaims> Tokens::verify_access(std::string_view token, TimeMs now) const {
  const auto claims = open_access(token, *keys());
  if (!claims) return AuthErrc::invalid_token;
  const auto found = registered(*claims, "access", rules_, now);
  if (!found) return AuthErrc::invalid_token;
  AccessClaims access;
  access.user_id = found->subject;
  access.jti = found->jti;
  access.issued_at = found->issued_at;
  access.expires_at = found->expires_at;
  access.username = found->subject;
  if (!take_string(*claims, "username", kMaxNameBytes, access.username) ||
      !take_string(*claims, "role", kMaxIdBytes, access.role) ||
      !take_string(*claims, "family", kMaxIdBytes, access.family) ||
      !take_string(*claims, "roomId", kMaxIdBytes, access.room_id) ||
      !take_permissions(*claims, access.permissions) || !take_epoch(*claims, access.epoch)) {
    return AuthErrc::invalid_token;
  }
  if (now / 1000 >= access.expires_at) return AuthErrc::token_expired;
  return access;
}

Result<RefreshClaims> Tokens::verify_refresh(std::string_view token, TimeMs now) const {
  const auto claims = open_refresh(token, keys()->refresh_secret);
  if (!claims) return AuthErrc::invalid_token;
  const auto found = registered(*claims, "refresh", rules_, now);
  if (!found) return AuthErrc::invalid_token;
  RefreshClaims refresh;
  refresh.user_id = found->subject;
  refresh.token_id = found->jti;
  refresh.issued_at = found->issued_at;
  refresh.expires_at = found->expires_at;
  if (!take_string(*claims, "username", kMaxNameBytes, refresh.username) ||
      !take_string(*claims, "roomId", kMaxIdBytes, refresh.room_id)) {
    return AuthErrc::invalid_token;
  }
  if (now / 1000 >= refresh.expires_at) return AuthErrc::token_expired;
  return refresh;
}

std::string sha256(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned size = 0;
  EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr);
  return {reinterpret_cast<const char*>(digest.data()), size};
}

}  // namespace lectern::identity
