#include "identity/token.h"

#include <string>

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "base/base64.h"
#include "identity/test_keys.h"

namespace lectern::identity {
namespace {

constexpr TimeMs kNow = 1'700'000'000'000;
constexpr std::int64_t kSecond = kNow / 1000;
const std::string kAccess(32, 'k');
const std::string kRefresh(32, 'r');

// The header and payload as they are, signed with `secret`: what an attacker or another issuer
// may send.
std::string forge(const std::string& header, const std::string& payload,
                  const std::string& secret = kAccess, const EVP_MD* digest = EVP_sha256()) {
  const auto text = base64url_encode(header) + "." + base64url_encode(payload);
  unsigned char mac[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  HMAC(digest, secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), mac, &size);
  return text + "." + base64url_encode({reinterpret_cast<const char*>(mac), size});
}

const std::string kHeader = R"({"alg":"HS256","typ":"JWT"})";

// A good payload in which `change` takes the place of `what`.
std::string payload(const std::string& what = "", const std::string& change = "") {
  std::string text =
      R"({"sub":"u1","userId":"u1","username":"Ada","role":"student","permissions":[],)"
      R"("type":"access","jti":"j1","iat":1700000000,"exp":1700000900,)"
      R"("iss":"edtech-platform","aud":"webapp"})";
  if (what.empty()) return text;
  const auto at = text.find(what);
  EXPECT_NE(at, text.npos) << what;
  return text.replace(at, what.size(), change);
}

class TokensTest : public ::testing::Test {
 protected:
  AuthErrc error_of(const std::string& token, TimeMs now = kNow) {
    const auto claims = tokens_.verify_access(token, now);
    return claims ? AuthErrc{} : auth_errc(claims.error());
  }
  AuthErrc error_of_payload(const std::string& what, const std::string& change) {
    return error_of(forge(kHeader, payload(what, change)));
  }

  const Tokens tokens_{kAccess, kRefresh, {}};
};

TEST_F(TokensTest, KeepsEveryClaimOfAnAccessToken) {
  AccessClaims claims;
  claims.user_id = "u1";
  claims.username = "Ad\xc3\xa0";
  claims.role = "student";
  claims.permissions = {"chat:read"};
  claims.jti = "j1";
  claims.issued_at = kSecond;
  claims.expires_at = kSecond + 900;
  claims.family = "f1";
  claims.epoch = 3;
  claims.room_id = "room";
  const auto verified = tokens_.verify_access(tokens_.sign(claims), kNow);
  ASSERT_TRUE(verified);
  EXPECT_EQ(verified->user_id, "u1");
  EXPECT_EQ(verified->username, "Ad\xc3\xa0");
  EXPECT_EQ(verified->role, "student");
  EXPECT_EQ(verified->permissions, std::vector<std::string>{"chat:read"});
  EXPECT_EQ(verified->jti, "j1");
  EXPECT_EQ(verified->issued_at, kSecond);
  EXPECT_EQ(verified->expires_at, kSecond + 900);
  EXPECT_EQ(verified->family, "f1");
  EXPECT_EQ(verified->epoch, 3U);
  EXPECT_EQ(verified->room_id, "room");
}

// A2: the names that other programs look for.
TEST_F(TokensTest, WritesTheClaimsOfTheContract) {
  AccessClaims claims;
  claims.user_id = "u1";
  claims.username = "Ada";
  claims.role = "student";
  claims.jti = "j1";
  claims.issued_at = kSecond;
  claims.expires_at = kSecond + 900;
  const auto token = tokens_.sign(claims);
  const auto first = token.find('.');
  const auto middle = token.substr(first + 1, token.find('.', first + 1) - first - 1);
  EXPECT_EQ(boost::json::parse(*base64url_decode(middle)), boost::json::parse(payload()));
  EXPECT_EQ(*base64url_decode(token.substr(0, first)), kHeader);
}

TEST_F(TokensTest, KeepsWhoAGuestIsInTheRefreshToken) {
  const RefreshClaims guest{"u1", "t1", kSecond, kSecond + 604800, "Ada", "room"};
  const auto verified = tokens_.verify_refresh(tokens_.sign(guest), kNow);
  ASSERT_TRUE(verified);
  EXPECT_EQ(verified->token_id, "t1");
  EXPECT_EQ(verified->username, "Ada");
  EXPECT_EQ(verified->room_id, "room");
  EXPECT_EQ(verified->expires_at, kSecond + 604800);
}

TEST_F(TokensTest, AcceptsTokensOfOtherIssuersWithTheSameSecret) {
  const auto claims =
      tokens_.verify_access(forge(R"({"typ":"JWT","alg":"HS256","kid":"1"})", payload()), kNow);
  ASSERT_TRUE(claims);
  EXPECT_EQ(claims->user_id, "u1");
  EXPECT_FALSE(claims->epoch);
  EXPECT_TRUE(claims->family.empty());
  EXPECT_EQ(error_of_payload(R"("aud":"webapp")", R"("aud":["other","webapp"])"), AuthErrc{});
  EXPECT_EQ(error_of_payload(R"("userId":"u1",)", ""), AuthErrc{});
  EXPECT_EQ(error_of_payload("1700000900", "1700000900.5"), AuthErrc{});
}

// D38: the algorithm belongs to the key.
TEST_F(TokensTest, RefusesEveryOtherAlgorithm) {
  for (const char* header :
       {R"({"alg":"none","typ":"JWT"})", R"({"alg":"None"})", R"({"alg":"HS512"})",
        R"({"alg":"RS256"})", R"({"alg":"ES256"})", R"({"alg":"EdDSA"})", R"({"alg":"hs256"})",
        R"({"typ":"JWT"})", R"({"alg":null})", R"({"alg":["HS256"]})", R"(["HS256"])", "", "{"}) {
    EXPECT_EQ(error_of(forge(header, payload())), AuthErrc::invalid_token) << header;
  }
  EXPECT_EQ(error_of(forge(R"({"alg":"HS512"})", payload(), kAccess, EVP_sha512())),
            AuthErrc::invalid_token);
  EXPECT_EQ(error_of(forge(kHeader, payload(), kAccess, EVP_sha512())), AuthErrc::invalid_token);
}

TEST_F(TokensTest, RefusesAnUnsignedToken) {
  const auto unsigned_token =
      base64url_encode(R"({"alg":"none"})") + "." + base64url_encode(payload()) + ".";
  EXPECT_EQ(error_of(unsigned_token), AuthErrc::invalid_token);
  const auto good = forge(kHeader, payload());
  EXPECT_EQ(error_of(good.substr(0, good.rfind('.') + 1)), AuthErrc::invalid_token);
  EXPECT_EQ(error_of(good.substr(0, good.rfind('.'))), AuthErrc::invalid_token);
}

TEST_F(TokensTest, RefusesCriticalExtensions) {
  EXPECT_EQ(error_of(forge(R"({"alg":"HS256","crit":["b64"],"b64":false})", payload())),
            AuthErrc::invalid_token);
}

TEST_F(TokensTest, RefusesAnotherSecretAndAChangedToken) {
  EXPECT_EQ(error_of(forge(kHeader, payload(), kRefresh)), AuthErrc::invalid_token);
  EXPECT_EQ(error_of(forge(kHeader, payload(), "")), AuthErrc::invalid_token);
  const auto good = forge(kHeader, payload());
  EXPECT_EQ(error_of(good), AuthErrc{});
  const auto admin = base64url_encode(kHeader) + "." +
                     base64url_encode(payload("student", "admin")) + good.substr(good.rfind('.'));
  EXPECT_EQ(error_of(admin), AuthErrc::invalid_token);
}

// A `kid` may not choose a key.
TEST_F(TokensTest, LooksUpNothingByTheKeyId) {
  EXPECT_EQ(error_of(forge(R"({"alg":"HS256","kid":"../../dev/null"})", payload(), "")),
            AuthErrc::invalid_token);
}

// D39: a blacklist by spelling would be passed by a second spelling.
TEST_F(TokensTest, HasOneSpelling) {
  const auto good = forge(kHeader, payload());
  EXPECT_EQ(error_of(good + "="), AuthErrc::invalid_token);
  EXPECT_EQ(error_of(good + " "), AuthErrc::invalid_token);
  EXPECT_EQ(error_of(" " + good), AuthErrc::invalid_token);
  EXPECT_EQ(error_of(good + "."), AuthErrc::invalid_token);
  EXPECT_EQ(error_of(good + ".x"), AuthErrc::invalid_token);
  EXPECT_EQ(error_of(""), AuthErrc::invalid_token);
  EXPECT_EQ(error_of(".."), AuthErrc::invalid_token);
  // The last character carries two bits that are always zero.
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  for (std::size_t i = 1; i < 4; ++i) {
    auto other = good;
    other.back() = kAlphabet[kAlphabet.find(good.back()) + i];
    EXPECT_EQ(error_of(other), AuthErrc::invalid_token);
  }
}

TEST_F(TokensTest, RequiresTheRegisteredClaims) {
  for (const char* claim :
       {R"("sub":"u1",)", R"("jti":"j1",)", R"("iat":1700000000,)", R"("exp":1700000900,)",
        R"("iss":"edtech-platform",)", R"(,"aud":"webapp")", R"("type":"access",)"}) {
    EXPECT_EQ(error_of_payload(claim, ""), AuthErrc::invalid_token) << claim;
  }
}

TEST_F(TokensTest, RefusesOtherIssuersAudiencesAndKinds) {
  EXPECT_EQ(error_of_payload("edtech-platform", "edtech"), AuthErrc::invalid_token);
  EXPECT_EQ(error_of_payload("webapp", "web"), AuthErrc::invalid_token);
  EXPECT_EQ(error_of_payload(R"("webapp")", R"(["web","app"])"), AuthErrc::invalid_token);
  EXPECT_EQ(error_of_payload(R"("webapp")", "[]"), AuthErrc::invalid_token);
  EXPECT_EQ(error_of_payload(R"("webapp")", "true"), AuthErrc::invalid_token);
  EXPECT_EQ(error_of_payload(R"("type":"access")", R"("type":"refresh")"), AuthErrc::invalid_token);
  EXPECT_EQ(error_of_payload(R"("userId":"u1")", R"("userId":"u2")"), AuthErrc::invalid_token);
}

TEST_F(TokensTest, KeepsAccessAndRefreshApart) {
  const Tokens one_secret(kAccess, kAccess, {});
  const auto refresh = one_secret.sign(RefreshClaims{"u1", "t1", kSecond, kSecond + 900, "", ""});
  EXPECT_FALSE(one_secret.verify_access(refresh, kNow));
  AccessClaims access;
  access.user_id = "u1";
  access.jti = "j1";
  access.issued_at = kSecond;
  access.expires_at = kSecond + 900;
  EXPECT_FALSE(one_secret.verify_refresh(one_secret.sign(access), kNow));
}

TEST_F(TokensTest, RefusesClaimsOfTheWrongType) {
  const char* const changes[][2] = {{R"("sub":"u1")", R"("sub":1)"},
                                    {R"("sub":"u1")", R"("sub":"")"},
                                    {R"("jti":"j1")", R"("jti":{})"},
                                    {"1700000000", R"("1700000000")"},
                                    {"1700000900", "true"},
                                    {"1700000900", "1e300"},
                                    {"1700000900", "-1"},
                                    {R"("Ada")", "7"},
                                    {R"("student")", "[]"},
                                    {"[]", R"("chat:read")"},
                                    {"[]", "[1]"},
                                    {R"("jti":"j1")", R"("jti":"j1","epoch":"1")"},
                                    {R"("jti":"j1")", R"("jti":"j1","epoch":-1)"},
                                    {R"("jti":"j1")", R"("jti":"j1","family":1)"},
                                    {R"("jti":"j1")", R"("jti":"j1","nbf":"now")"},
                                    {R"("sub":"u1")", R"("sub":"u\u0000")"}};
  for (const auto& [what, change] : changes) {
    EXPECT_EQ(error_of_payload(what, change), AuthErrc::invalid_token) << change;
  }
}

TEST_F(TokensTest, RefusesAClaimThatIsThereTwice) {
  EXPECT_EQ(error_of_payload(R"("role":"student")", R"("role":"student","role":"admin")"),
            AuthErrc::invalid_token);
  EXPECT_EQ(error_of_payload(R"("role":"student")", R"("role":"student","r\u006fle":"admin")"),
            AuthErrc::invalid_token);
  EXPECT_EQ(error_of(forge(R"({"alg":"HS256","alg":"none"})", payload())), AuthErrc::invalid_token);
  // A colon in a string or deeper down is no claim.
  EXPECT_EQ(error_of_payload(R"("Ada")", R"("A:\"d:{a","more":{"a":{"b":[{"c":1}]}})"), AuthErrc{});
}

TEST_F(TokensTest, ExpiresOnTheSecond) {
  const auto token = forge(kHeader, payload());
  EXPECT_EQ(error_of(token, 1'700'000'899'999), AuthErrc{});
  EXPECT_EQ(error_of(token, 1'700'000'900'000), AuthErrc::token_expired);
}

TEST_F(TokensTest, ToleratesFiveSecondsOfClockSkewAndNoMore) {
  EXPECT_EQ(error_of_payload("1700000000", "1700000005"), AuthErrc{});
  EXPECT_EQ(error_of_payload("1700000000", "1700000006"), AuthErrc::invalid_token);
  EXPECT_EQ(error_of_payload("1700000000", "1700000000,\"nbf\":1700000005"), AuthErrc{});
  EXPECT_EQ(error_of_payload("1700000000", "1700000000,\"nbf\":1700000006"),
            AuthErrc::invalid_token);
}

// D40: a large token costs nothing.
TEST_F(TokensTest, RefusesMoreThanEightKibibytes) {
  const auto with_name = [&](std::size_t size) {
    return forge(kHeader, payload(R"("role":"student")",
                                  R"("role":"student","x":")" + std::string(size, 'x') + '"'));
  };
  EXPECT_EQ(error_of(with_name(5000)), AuthErrc{});
  EXPECT_EQ(error_of(with_name(20000)), AuthErrc::invalid_token);
}

TEST_F(TokensTest, RefusesJsonThatIsNone) {
  for (const char* text : {"", "null", "[]", "{}", "{\"sub\":\"u1\"", "{} {}", "\xff"}) {
    EXPECT_EQ(error_of(forge(kHeader, text)), AuthErrc::invalid_token) << text;
  }
  EXPECT_EQ(error_of(forge(kHeader, payload("[]", std::string(100, '[') + std::string(100, ']')))),
            AuthErrc::invalid_token);
}

// D42.
class SignedTokensTest : public TokensTest {
 protected:
  static AccessClaims claims() {
    AccessClaims claims;
    claims.user_id = "u1";
    claims.jti = "j1";
    claims.issued_at = kSecond;
    claims.expires_at = kSecond + 900;
    return claims;
  }
  static Tokens tokens(std::vector<AsymmetricKey> keys, bool secret_verifies = false) {
    return {kAccess, kRefresh, {}, {std::move(keys), secret_verifies}};
  }
  static AuthErrc error_in(const Tokens& tokens, const std::string& token) {
    const auto verified = tokens.verify_access(token, kNow);
    return verified ? AuthErrc{} : auth_errc(verified.error());
  }
};

TEST_F(SignedTokensTest, AreSignedByTheFirstKeyThatCan) {
  for (const auto& pem : {rsa_pem(), ec_pem(), ed25519_pem()}) {
    const auto key = AsymmetricKey::from_pem(pem);
    const auto both =
        tokens({*AsymmetricKey::from_jwk(AsymmetricKey::from_pem(ec_pem()).public_jwk()), key,
                AsymmetricKey::from_pem(ec_pem())});
    const auto token = both.sign(claims());
    EXPECT_EQ(split_token(token)->algorithm, key.algorithm());
    EXPECT_EQ(split_token(token)->key_id, key.id());
    EXPECT_EQ(error_in(both, token), AuthErrc{});
    EXPECT_EQ(error_in(tokens_, token), AuthErrc::invalid_token);
    EXPECT_EQ(both.public_keys()->at("keys").as_array().size(), 3U);
  }
  EXPECT_FALSE(tokens_.public_keys());
}

TEST_F(SignedTokensTest, OfTheKeyBeforeAreGoodWhileItIsListed) {
  const auto old_key = AsymmetricKey::from_pem(ec_pem());
  const auto new_key = AsymmetricKey::from_pem(ed25519_pem());
  const auto token = tokens({old_key}).sign(claims());
  EXPECT_EQ(error_in(tokens({new_key, old_key}), token), AuthErrc{});
  EXPECT_EQ(error_in(tokens({new_key}), token), AuthErrc::invalid_token);
}

// The oldest trick: the public key, which everybody has, as the secret of HS256.
TEST_F(SignedTokensTest, AreNeverTakenForThoseOfAnotherAlgorithm) {
  const auto pem = rsa_pem();
  const auto key = AsymmetricKey::from_pem(pem);
  for (const bool secret_verifies : {false, true}) {
    const auto both = tokens({key}, secret_verifies);
    const auto public_key = boost::json::serialize(key.public_jwk());
    EXPECT_EQ(error_in(both, forge(kHeader, payload(), public_key)), AuthErrc::invalid_token);
    EXPECT_EQ(error_in(both, forge(kHeader, payload(), pem)), AuthErrc::invalid_token);
    EXPECT_EQ(error_in(both, forge(R"({"alg":"RS256"})", payload())), AuthErrc::invalid_token);
    EXPECT_EQ(error_in(both, forge(kHeader, payload())),
              secret_verifies ? AuthErrc{} : AuthErrc::invalid_token);
  }
}

TEST(Secret, IsLongAndNoSample) {
  EXPECT_STREQ(weakness_of_secret(std::string(31, 'x')), "has less than 32 bytes");
  EXPECT_STREQ(weakness_of_secret(""), "has less than 32 bytes");
  for (const char* sample :
       {"your-256-bit-secret-your-256-bit-secret-", "secretsecretsecretsecretsecretsecret",
        "super-secret-jwt-token-with-at-least-32-characters-long",
        "a-string-secret-at-least-256-bits-long", "CHANGE_ME_CHANGE_ME_CHANGE_ME_CHANGE_ME",
        "your_super_secret_key_change_in_production", "passwordpasswordpasswordpassword"}) {
    EXPECT_STREQ(weakness_of_secret(sample), "is a well-known sample value") << sample;
  }
  EXPECT_EQ(weakness_of_secret("Zx81nq0Yb2pV7cKk5d3uJm4tHs6wQe9r"), nullptr);
  EXPECT_EQ(weakness_of_secret(std::string(
                "\0\1\2\3\4\5\6\7\0\1\2\3\4\5\6\7\0\1\2\3\4\5\6\7\0\1\2\3\4\5\6\xff", 32)),
            nullptr);
}

TEST(Sha256, KnowsItsVector) {
  EXPECT_EQ(base64url_encode(sha256("abc")), "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0");
}

}  // namespace
}  // namespace lectern::identity
