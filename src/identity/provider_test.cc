#include "identity/provider.h"

#include <gtest/gtest.h>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "base/base64.h"
#include "identity/authenticator.h"
#include "identity/test_keys.h"

namespace lectern::identity {
namespace {

namespace json = boost::json;

constexpr TimeMs kNow = 1'700'000'000'000;
constexpr std::int64_t kSecond = kNow / 1000;

class ProviderTest : public ::testing::Test {
 protected:
  ProviderTest() { provider_.load(set_of({&key_})); }

  static std::string set_of(std::initializer_list<const AsymmetricKey*> keys) {
    json::array list;
    for (const auto* key : keys) list.push_back(key->public_jwk());
    return json::serialize(json::object{{"keys", std::move(list)}});
  }
  static json::object claims() {
    return {{"iss", "https://login.school"},
            {"aud", json::array{"lectern", "other"}},
            {"sub", "u1"},
            {"name", "Ada"},
            {"iat", kSecond},
            {"exp", kSecond + 300},
            {"realm_access", {{"roles", json::array{"offline_access", "instructor"}}}},
            {"scope", "openid chat:read room:join"}};
  }
  static std::string sign(const json::object& claims, const AsymmetricKey& key,
                          json::object header = {}) {
    header.emplace("alg", key.algorithm());
    header.emplace("kid", key.id());
    const auto message =
        base64url_encode(json::serialize(header)) + "." + base64url_encode(json::serialize(claims));
    return message + "." + base64url_encode(key.sign(message));
  }
  AuthErrc error_of(const std::string& token, TimeMs now = kNow) const {
    const auto verified = provider_.verify(token, now);
    return verified ? AuthErrc{} : auth_errc(verified.error());
  }
  AuthErrc error_without(const char* name, const json::value& instead = nullptr) const {
    auto changed = claims();
    changed.erase(name);
    if (!instead.is_null()) changed[name] = instead;
    return error_of(sign(changed, key_));
  }

  const AsymmetricKey key_ = AsymmetricKey::from_pem(ec_pem());
  const AsymmetricKey next_ = AsymmetricKey::from_pem(ed25519_pem());
  Roles roles_;
  int asked_ = 0;
  Provider provider_{
      {"https://login.school", "lectern", "sub", "name", "realm_access.roles", "", "student"},
      roles_,
      [this] { ++asked_; }};
};

TEST_F(ProviderTest, TellsWhoItsTokensSpeakOf) {
  const auto verified = provider_.verify(sign(claims(), key_), kNow);
  ASSERT_TRUE(verified);
  EXPECT_EQ(verified->user_id, "u1");
  EXPECT_EQ(verified->username, "Ada");
  EXPECT_EQ(verified->role, "instructor");
  EXPECT_TRUE(verified->permissions.empty());
  EXPECT_EQ(verified->expires_at, kSecond + 300);
  EXPECT_EQ(verified->jti.size(), 43U) << "the hash stands in for the id that is missing";
  EXPECT_FALSE(verified->epoch);
}

TEST_F(ProviderTest, ReadsTheClaimsThatTheOperatorNames) {
  Provider other({"https://login.school", "lectern", "name", "sub", "nothing.there", "scope", ""},
                 roles_, nullptr);
  other.load(set_of({&key_}));
  const auto verified = other.verify(sign(claims(), key_), kNow);
  ASSERT_TRUE(verified);
  EXPECT_EQ(verified->user_id, "Ada");
  EXPECT_EQ(verified->username, "u1");
  EXPECT_EQ(verified->role, "");
  EXPECT_EQ(verified->permissions, (std::vector<std::string>{"chat:read", "room:join"}));
}

TEST_F(ProviderTest, RefusesWhatIsNotMeantForUs) {
  EXPECT_EQ(error_without("nothing"), AuthErrc{});
  EXPECT_EQ(error_without("iss", "https://evil"), AuthErrc::invalid_token);
  EXPECT_EQ(error_without("aud", "other"), AuthErrc::invalid_token);
  for (const char* name : {"iss", "aud", "sub", "iat", "exp"}) {
    EXPECT_EQ(error_without(name), AuthErrc::invalid_token) << name;
  }
  EXPECT_EQ(error_without("iat", kSecond + 6), AuthErrc::invalid_token);
  EXPECT_EQ(error_without("nbf", kSecond + 6), AuthErrc::invalid_token);
  EXPECT_EQ(error_of(sign(claims(), key_), kNow + 300'000), AuthErrc::token_expired);
}

// A public key is known to everybody, so it must never be taken for a secret.
TEST_F(ProviderTest, FixesTheAlgorithmByTheKey) {
  for (const char* algorithm : {"none", "HS256", "RS256", "EdDSA"}) {
    EXPECT_EQ(error_of(sign(claims(), key_, {{"alg", algorithm}})), AuthErrc::invalid_token);
  }
  EXPECT_EQ(error_of(sign(claims(), next_, {{"kid", key_.id()}})), AuthErrc::invalid_token);
  EXPECT_EQ(error_of(sign(claims(), key_, {{"crit", json::array{"b64"}}})),
            AuthErrc::invalid_token);
  EXPECT_EQ(provider_.load(R"({"keys":[{"kty":"oct","kid":"s","k":"c2VjcmV0"}]})"), std::nullopt);
}

TEST_F(ProviderTest, AsksForNewKeysWhenItMeetsAnUnknownOne) {
  const auto token = sign(claims(), next_);
  EXPECT_EQ(error_of(token), AuthErrc::invalid_token);
  EXPECT_EQ(asked_, 1);
  EXPECT_EQ(provider_.load(set_of({&key_, &next_})), 2U);
  EXPECT_EQ(error_of(token), AuthErrc{});
  EXPECT_EQ(error_of(sign(claims(), key_)), AuthErrc{}) << "both, while one follows the other";
  EXPECT_EQ(provider_.load(set_of({&next_})), 1U);
  EXPECT_EQ(error_of(sign(claims(), key_)), AuthErrc::invalid_token);
  EXPECT_EQ(asked_, 2);
}

TEST_F(ProviderTest, KeepsItsKeysWhenItIsFedGarbage) {
  for (const char* garbage : {"", "<html>", "{}", "[]", R"({"keys":[]})", R"({"keys":[1,{}]})",
                              R"({"keys":{}})", R"({"keys":[],"keys":[]})"}) {
    EXPECT_EQ(provider_.load(garbage), std::nullopt) << garbage;
  }
  EXPECT_EQ(provider_.load(std::string(1'000'001, ' ')), std::nullopt);
  EXPECT_EQ(error_of(sign(claims(), key_)), AuthErrc{});
}

TEST_F(ProviderTest, StandsBesideOurOwnTokens) {
  const Tokens tokens(std::string(32, 'k'), std::string(32, 'r'), {});
  Revocations revocations;
  const Authenticator authenticator(tokens, roles_, revocations, &provider_);
  const auto token = sign(claims(), key_);
  const auto identity = authenticator.authenticate(token, kNow);
  ASSERT_TRUE(identity);
  EXPECT_EQ(identity->permissions, *roles_.permissions_of("instructor"));
  revocations.add_token({identity->claims.jti, kNow + 300'000});
  EXPECT_EQ(auth_errc(authenticator.authenticate(token, kNow).error()), AuthErrc::token_revoked);
  EXPECT_EQ(auth_errc(Authenticator(tokens, roles_, revocations).authenticate(token, kNow).error()),
            AuthErrc::invalid_token);
}

}  // namespace
}  // namespace lectern::identity
