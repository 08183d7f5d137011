#include "identity/jws.h"

#include <boost/json/object.hpp>

#include "base/base64.h"
#include "identity/json_claims.h"

namespace lectern::identity {
namespace {

// base64url of {"alg":"HS256","typ":"JWT"}: what nearly every token begins with.
constexpr std::string_view kCommonHeader = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";

bool read_header(std::string_view encoded, SplitToken& token) {
  if (encoded == kCommonHeader) {
    token.algorithm = "HS256";
    return true;
  }
  const auto bytes = base64url_decode(encoded);
  const auto header = bytes ? parse_claims(*bytes) : std::nullopt;
  if (!header || header->contains("crit")) return false;
  const auto algorithm = string_claim(*header, "alg");
  if (!algorithm) return false;
  token.algorithm = *algorithm;
  if (!header->contains("kid")) return true;
  const auto id = string_claim(*header, "kid");
  if (!id) return false;
  token.key_id = *id;
  return true;
}

}  // namespace

std::optional<SplitToken> split_token(std::string_view token) {
  if (token.size() > kMaxTokenBytes) return std::nullopt;
  const auto first = token.find('.');
  if (first == token.npos) return std::nullopt;
  const auto second = token.find('.', first + 1);
  if (second == token.npos) return std::nullopt;
  SplitToken split;
  split.message = token.substr(0, second);
  split.payload = token.substr(first + 1, second - first - 1);
  auto signature = base64url_decode(token.substr(second + 1));
  if (!signature || !read_header(token.substr(0, first), split)) return std::nullopt;
  split.signature = std::move(*signature);
  return split;
}

bool signed_with_key(const SplitToken& token, const AsymmetricKey& key) {
  return token.algorithm == key.algorithm() && (token.key_id.empty() || token.key_id == key.id()) &&
         key.verify(token.message, token.signature);
}

}  // namespace lectern::identity
