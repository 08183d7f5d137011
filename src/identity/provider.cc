#include "identity/provider.h"

#include <algorithm>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "base/base64.h"
#include "identity/json_claims.h"

namespace lectern::identity {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxSetBytes = 1'000'000;
constexpr std::size_t kMaxNameBytes = 1024;
constexpr std::size_t kMaxPermissions = 100;

// The claim of that name, or the one that its dots lead to; null when there is none.
const json::value* claim_at(const json::object& claims, std::string_view path) {
  if (const auto* value = claims.if_contains(path)) return value;
  const auto dot = path.find('.');
  if (dot == path.npos) return nullptr;
  const auto* inner = claims.if_contains(path.substr(0, dot));
  if (inner == nullptr || !inner->is_object()) return nullptr;
  return claim_at(inner->get_object(), path.substr(dot + 1));
}

std::optional<std::string_view> text_at(const json::object& claims, std::string_view path) {
  const auto* value = claim_at(claims, path);
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return std::string_view(value->get_string());
}

// A string's words, or the strings of an array.
template <class Take>
void for_each_word(const json::value& value, Take take) {
  if (value.is_array()) {
    for (const auto& one : value.get_array()) {
      if (one.is_string()) take(std::string_view(one.get_string()));
    }
    return;
  }
  if (!value.is_string()) return;
  std::string_view left = value.get_string();
  while (!left.empty()) {
    const auto space = left.find(' ');
    if (space != 0) take(left.substr(0, space));
    left.remove_prefix(space == left.npos ? left.size() : space + 1);
  }
}

}  // namespace

Provider::Provider(ProviderRules rules, const Roles& roles, std::function<void()> on_unknown_key)
    : rules_(std::move(rules)),
      roles_(roles),
      on_unknown_key_(std::move(on_unknown_key)),
      keys_(std::make_shared<const Keys>()) {}

std::optional<std::size_t> Provider::load(std::string_view jwks) {
  if (jwks.size() > kMaxSetBytes) return std::nullopt;
  const auto set = parse_claims(jwks);
  const auto* list = set ? set->if_contains("keys") : nullptr;
  if (list == nullptr || !list->is_array()) return std::nullopt;
  auto keys = std::make_shared<Keys>();
  for (const auto& jwk : list->get_array()) {
    if (!jwk.is_object() || keys->size() >= kMaxKeys) continue;
    if (auto key = AsymmetricKey::from_jwk(jwk.get_object())) {
      keys->try_emplace(key->id(), std::move(*key));
    }
  }
  const auto count = keys->size();
  if (count == 0) return std::nullopt;
  const std::lock_guard lock(mutex_);
  keys_ = std::move(keys);
  return count;
}

std::shared_ptr<const Provider::Keys> Provider::keys() const {
  const std::lock_guard lock(mutex_);
  return keys_;
}

bool Provider::verified(const SplitToken& token) const {
  const auto keys = this->keys();
  if (token.key_id.empty()) {
    // Providers with one key leave the id out.
    return keys->size() == 1 && signed_with_key(token, keys->begin()->second);
  }
  const auto key = keys->find(token.key_id);
  if (key != keys->end()) return signed_with_key(token, key->second);
  if (on_unknown_key_) on_unknown_key_();
  return false;
}

void Provider::take_role(const json::object& claims, AccessClaims& access) const {
  if (const auto* role = claim_at(claims, rules_.role_claim)) {
    for_each_word(*role, [&](std::string_view word) {
      if (access.role.empty() && roles_.known(word)) access.role = word;
    });
  }
  if (access.role.empty()) access.role = rules_.default_role;
}

void Provider::take_permissions(const json::object& claims, AccessClaims& access) const {
  if (rules_.permissions_claim.empty()) return;
  const auto* list = claim_at(claims, rules_.permissions_claim);
  if (list == nullptr) return;
  for_each_word(*list, [&](std::string_view word) {
    if (access.permissions.size() < kMaxPermissions && is_permission(word)) {
      access.permissions.emplace_back(word);
    }
  });
}

Result<AccessClaims> Provider::verify(std::string_view text, TimeMs now) const {
  const auto token = split_token(text);
  if (!token || !verified(*token)) return AuthErrc::invalid_token;
  const auto payload = base64url_decode(token->payload);
  const auto claims = payload ? parse_claims(*payload) : std::nullopt;
  if (!claims || string_claim(*claims, "iss") != rules_.issuer ||
      !audience_agrees(*claims, rules_.audience)) {
    return AuthErrc::invalid_token;
  }
  const auto user = text_at(*claims, rules_.user_claim);
  const auto issued_at = time_claim(*claims, "iat");
  const auto expires_at = time_claim(*claims, "exp");
  const auto latest = now / 1000 + Tokens::kLeewaySeconds;
  if (!user || !is_id(*user) || !issued_at || !expires_at || *issued_at > latest) {
    return AuthErrc::invalid_token;
  }
  if (claims->contains("nbf")) {
    const auto not_before = time_claim(*claims, "nbf");
    if (!not_before || *not_before > latest) return AuthErrc::invalid_token;
  }
  AccessClaims access;
  access.user_id = *user;
  access.issued_at = *issued_at;
  access.expires_at = *expires_at;
  const auto jti = string_claim(*claims, "jti");
  access.jti = jti && is_id(*jti) ? std::string(*jti) : base64url_encode(sha256(token->message));
  const auto name = text_at(*claims, rules_.name_claim);
  access.username = name && name->size() <= kMaxNameBytes ? *name : *user;
  take_role(*claims, access);
  take_permissions(*claims, access);
  if (now / 1000 >= access.expires_at) return AuthErrc::token_expired;
  return access;
}

}  // namespace lectern::identity
