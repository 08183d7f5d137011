#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/base64.h"
#include "identity/jws.h"
#include "identity/provider.h"
#include "identity/roles.h"
#include "identity/token.h"

namespace {

using namespace lectern::identity;

constexpr lectern::TimeMs kNow = 1'700'000'000'000;
constexpr std::string_view kKnownSet = R"({"keys":[{"kty":"OKP","crv":"Ed25519","kid":"known",)"
                                       R"("x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]})";

const std::string& secret() {
  static const std::string bytes(48, 's');
  return bytes;
}

void demand(bool condition) {
  if (!condition) std::abort();
}

std::string signed_token(std::string_view header, std::string_view claims) {
  std::string token = lectern::base64url_encode(header);
  token += '.';
  token += lectern::base64url_encode(claims);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned size = 0;
  HMAC(EVP_sha256(), secret().data(), static_cast<int>(secret().size()),
       reinterpret_cast<const unsigned char*>(token.data()), token.size(), digest.data(), &size);
  token += '.';
  token += lectern::base64url_encode({reinterpret_cast<const char*>(digest.data()), size});
  return token;
}

// There is one way to write a token: what was split is what it is put together from.
void split(std::string_view text) {
  const auto token = split_token(text);
  if (!token) return;
  demand(text.size() <= kMaxTokenBytes && !token->algorithm.empty());
  demand(token->message.data() == text.data());
  std::string again(token->message);
  again += '.';
  again += lectern::base64url_encode(token->signature);
  demand(again == text);
  demand(token->message.ends_with(token->payload));
}

// Whatever a good signature stands under: claims that count say the same when we sign them.
void verify(std::string_view header, std::string_view claims) {
  static const Tokens tokens(secret(), secret(), {});
  const auto text = signed_token(header, claims);
  split(text);
  const auto access = tokens.verify_access(text, kNow);
  const auto refresh = tokens.verify_refresh(text, kNow);
  demand(!access || !refresh);
  if (access) {
    demand(access->expires_at > kNow / 1000 && !access->user_id.empty() && !access->jti.empty());
    const auto again = tokens.verify_access(tokens.sign(*access), kNow);
    // A token may grow beyond the limit when it is written with all its claims.
    if (again)
      demand(again->user_id == access->user_id && again->role == access->role &&
             again->permissions == access->permissions && again->epoch == access->epoch &&
             again->family == access->family && again->room_id == access->room_id);
  }
  if (refresh) {
    const auto again = tokens.verify_refresh(tokens.sign(*refresh), kNow);
    if (again) demand(again->token_id == refresh->token_id && again->user_id == refresh->user_id);
  }
}

// A key set has at most kMaxKeys, one that is refused changes nothing, and none makes a token good
// that nobody signed.
void load(std::string_view text) {
  static const Roles roles;
  ProviderRules rules;
  rules.issuer = "issuer";
  rules.audience = "audience";
  Provider provider(rules, roles, [] {});
  demand(provider.load(kKnownSet) == 1U);
  const auto count = provider.load(text);
  if (count) demand(*count > 0 && *count <= Provider::kMaxKeys);
  const std::string_view claims =
      R"({"iss":"issuer","aud":"audience","sub":"u","iat":1699999999,"exp":1700000900})";
  for (const std::string_view header :
       {R"({"alg":"EdDSA","kid":"known"})", R"({"alg":"HS256"})", R"({"alg":"none"})"}) {
    demand(!provider.verify(signed_token(header, claims), kNow));
  }
}

}  // namespace

// The first byte chooses: a token, claims under a good signature, a header under one, a key set.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(bytes) + 1, size - 1);
  switch (bytes[0] % 4) {
    case 0: split(text); break;
    case 1: verify(R"({"alg":"HS256","typ":"JWT"})", text); break;
    case 2:
      verify(text, R"({"sub":"u","jti":"j","type":"access","iss":"edtech-platform",)"
                   R"("aud":"webapp","iat":1699999999,"exp":1700000900})");
      break;
    default: load(text);
  }
  return 0;
}
