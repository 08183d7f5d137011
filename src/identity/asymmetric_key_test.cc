#include "identity/asymmetric_key.h"

#include <gtest/gtest.h>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "identity/test_keys.h"

namespace lectern::identity {
namespace {

class AsymmetricKeyTest : public ::testing::TestWithParam<const char*> {
 protected:
  static std::string pem() {
    const std::string_view algorithm = GetParam();
    return algorithm == "RS256" ? rsa_pem() : algorithm == "ES256" ? ec_pem() : ed25519_pem();
  }
};

TEST_P(AsymmetricKeyTest, SignsWhatItsPublicHalfVerifies) {
  const auto key = AsymmetricKey::from_pem(pem());
  EXPECT_EQ(key.algorithm(), GetParam());
  ASSERT_TRUE(key.can_sign());
  const auto signature = key.sign("message");
  EXPECT_EQ(signature.size(), key.algorithm() == "RS256" ? 256U : 64U);
  const auto other_side = AsymmetricKey::from_jwk(key.public_jwk());
  ASSERT_TRUE(other_side);
  EXPECT_FALSE(other_side->can_sign());
  EXPECT_EQ(other_side->id(), key.id());
  EXPECT_EQ(other_side->public_jwk(), key.public_jwk());
  EXPECT_TRUE(other_side->verify("message", signature));
  EXPECT_FALSE(other_side->verify("messagf", signature));
  EXPECT_FALSE(other_side->verify("message", signature + "x"));
  EXPECT_FALSE(other_side->verify("message", ""));
  EXPECT_FALSE(other_side->verify("message", std::string(signature.size(), '\0')));
  auto changed = signature;
  changed[10] = static_cast<char>(changed[10] ^ 1);
  EXPECT_FALSE(other_side->verify("message", changed));
  EXPECT_FALSE(AsymmetricKey::from_pem(pem()).verify("message", signature));
}

TEST_P(AsymmetricKeyTest, ShowsNothingOfItsPrivateHalf) {
  const auto jwk = AsymmetricKey::from_pem(pem()).public_jwk();
  for (const auto* name : {"d", "p", "q", "dp", "dq", "qi"}) EXPECT_FALSE(jwk.contains(name));
}

TEST_P(AsymmetricKeyTest, RefusesAJwkThatIsDamagedOrForSomethingElse) {
  const auto good = AsymmetricKey::from_pem(pem()).public_jwk();
  const auto refused = [&](const char* name, const boost::json::value& value) {
    auto jwk = good;
    jwk[name] = value;
    return !AsymmetricKey::from_jwk(jwk);
  };
  EXPECT_TRUE(refused("kid", ""));
  EXPECT_TRUE(refused("kid", 7));
  EXPECT_TRUE(refused("kty", "oct"));
  EXPECT_TRUE(refused("use", "enc"));
  EXPECT_TRUE(refused("alg", "HS256"));
  EXPECT_TRUE(refused("alg", "none"));
  EXPECT_TRUE(refused(good.contains("n") ? "n" : "x", "AAAA"));
  if (good.contains("y")) {  // not on the curve
    EXPECT_TRUE(refused("y", boost::json::string(43, 'A')));
    EXPECT_TRUE(refused("crv", "P-384"));
  }
}

INSTANTIATE_TEST_SUITE_P(Algorithms, AsymmetricKeyTest,
                         ::testing::Values("RS256", "ES256", "EdDSA"));

TEST(AsymmetricKey, HasTheThumbprintOfTheStandardAsItsId) {
  // The key of RFC 7638, section 3.1.
  const auto key = AsymmetricKey::from_jwk(
      {{"kty", "RSA"},
       {"n",
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_"
        "BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-"
        "65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt"
        "-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-"
        "kEgU8awapJzKnqDKgw"},
       {"e", "AQAB"},
       {"alg", "RS256"},
       {"kid", "2011-04-29"}});
  ASSERT_TRUE(key);
  EXPECT_EQ(key->id(), "2011-04-29");
  const auto pem = rsa_pem();
  EXPECT_EQ(AsymmetricKey::from_pem(pem).id(), AsymmetricKey::from_pem(pem).id());
  EXPECT_EQ(AsymmetricKey::from_pem(pem).id().size(), 43U);
}

TEST(AsymmetricKey, IsStrongAndOfAKnownKind) {
  EXPECT_THROW(AsymmetricKey::from_pem(rsa_pem(1024)), KeyError);
  EXPECT_THROW(AsymmetricKey::from_pem(ec_pem("P-384")), KeyError);
  EXPECT_THROW(AsymmetricKey::from_pem(pem_of(EVP_PKEY_Q_keygen(nullptr, nullptr, "X25519"), true)),
               KeyError);
  EXPECT_THROW(AsymmetricKey::from_pem(""), KeyError);
  EXPECT_THROW(
      AsymmetricKey::from_pem("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"),
      KeyError);
}

TEST(AsymmetricKey, OfAPublicPemVerifiesAndDoesNotSign) {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  EVP_PKEY_up_ref(key);
  const auto both = AsymmetricKey::from_pem(pem_of(key, true));
  const auto only_public = AsymmetricKey::from_pem(pem_of(key, false));
  EXPECT_FALSE(only_public.can_sign());
  EXPECT_EQ(only_public.id(), both.id());
  EXPECT_TRUE(only_public.verify("m", both.sign("m")));
}

}  // namespace
}  // namespace lectern::identity
