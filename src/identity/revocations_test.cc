#include "identity/revocations.h"

#include <gtest/gtest.h>

#include "identity/authenticator.h"
#include "identity/memory_store.h"

namespace lectern::identity {
namespace {

constexpr TimeMs kNow = 1'700'000'000'500;

AccessClaims claims() {
  AccessClaims claims;
  claims.user_id = "u1";
  claims.username = "Ada";
  claims.role = "student";
  claims.jti = "j1";
  claims.issued_at = kNow / 1000;
  claims.expires_at = claims.issued_at + 900;
  claims.family = "f1";
  claims.epoch = 0;
  return claims;
}

TEST(Revocations, LetEverythingPassThatNobodyTookBack) {
  const Revocations revocations;
  EXPECT_TRUE(revocations.check(claims(), kNow));
}

// A7.
TEST(Revocations, SayThatATokenHasBeenRevoked) {
  Revocations revocations;
  revocations.add_token({"j1", kNow + 1000});
  const auto checked = revocations.check(claims(), kNow);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().message(), "Token has been revoked");
  EXPECT_STREQ(type_of(auth_errc(checked.error())), "TOKEN_REVOKED");
}

TEST(Revocations, EndTheAccessTokensOfARevokedFamily) {
  Revocations revocations;
  revocations.add_family("f1", kNow + 1000);
  EXPECT_FALSE(revocations.check(claims(), kNow));
  auto other = claims();
  other.family = "f2";
  EXPECT_TRUE(revocations.check(other, kNow));
}

// D35.
TEST(Revocations, EndEveryTokenOfAnOlderEpoch) {
  Revocations revocations;
  revocations.set_epoch("u1", {2, kNow});
  auto token = claims();
  token.epoch = 1;
  EXPECT_FALSE(revocations.check(token, kNow));
  token.epoch = 2;
  EXPECT_TRUE(revocations.check(token, kNow));
  token.user_id = "u2";
  token.epoch = 0;
  EXPECT_TRUE(revocations.check(token, kNow));
}

TEST(Revocations, EndTokensWithoutAnEpochThatWereIssuedInTheSameSecond) {
  Revocations revocations;
  revocations.set_epoch("u1", {1, kNow});
  auto token = claims();
  token.epoch.reset();
  EXPECT_FALSE(revocations.check(token, kNow));
  token.issued_at = kNow / 1000 + 1;
  EXPECT_TRUE(revocations.check(token, kNow + 1000));
}

TEST(Revocations, NeverLowerAnEpoch) {
  Revocations revocations;
  revocations.set_epoch("u1", {2, kNow});
  revocations.set_epoch("u1", {1, kNow - 5000});
  auto token = claims();
  token.epoch = 1;
  EXPECT_FALSE(revocations.check(token, kNow));
}

TEST(Revocations, EndTokensOfDisabledUsersUntilTheyAreEnabled) {
  Revocations revocations;
  revocations.set_disabled("u1", true);
  EXPECT_FALSE(revocations.check(claims(), kNow));
  revocations.set_disabled("u1", false);
  EXPECT_TRUE(revocations.check(claims(), kNow));
}

TEST(Revocations, ForgetWhatHasExpired) {
  Revocations revocations;
  revocations.add_token({"j1", kNow + 1000});
  revocations.add_token({"j1", kNow + 500});
  revocations.add_family("f1", kNow + 1000);
  revocations.prune(kNow + 999);
  EXPECT_EQ(revocations.size(), 2U);
  revocations.prune(kNow + 1000);
  EXPECT_EQ(revocations.size(), 0U);
}

TEST(Revocations, AreReadFromTheStoreAtTheStart) {
  MemoryStore store;
  store.create_account({"u3", "Eve", "student", "h", false, 0});
  Epoch raised;
  store.change_account("u3", {AccountChange::Kind::disable, {}}, kNow, &raised);
  store.raise_epoch("u2", kNow);
  store.revoke_session({"j1", kNow + 1000}, {"f1", kNow + 1000});
  store.revoke_session({"j0", kNow}, {});
  Revocations revocations;
  revocations.load(store, kNow);
  EXPECT_EQ(revocations.size(), 5U);
  auto token = claims();
  EXPECT_FALSE(revocations.check(token, kNow));
  token.jti = "j2";
  EXPECT_FALSE(revocations.check(token, kNow));
  token.family = "f2";
  EXPECT_TRUE(revocations.check(token, kNow));
  token.user_id = "u2";
  EXPECT_FALSE(revocations.check(token, kNow));
  token.user_id = "u3";
  EXPECT_FALSE(revocations.check(token, kNow));
}

class AuthenticatorTest : public ::testing::Test {
 protected:
  AuthErrc error_of(std::string_view token, TimeMs now = kNow) {
    const auto identity = authenticator_.authenticate(token, now);
    return identity ? AuthErrc{} : auth_errc(identity.error());
  }

  Tokens tokens_{std::string(32, 'k'), std::string(32, 'r'), {}};
  Roles roles_;
  Revocations revocations_;
  Authenticator authenticator_{tokens_, roles_, revocations_};
};

TEST_F(AuthenticatorTest, TellsWhoSomebodyIsAndWhatTheyMay) {
  const auto identity = authenticator_.authenticate(tokens_.sign(claims()), kNow);
  ASSERT_TRUE(identity);
  EXPECT_EQ(identity->claims.username, "Ada");
  EXPECT_TRUE(grants(identity->permissions, "chat:write"));
  EXPECT_FALSE(grants(identity->permissions, "quiz:start"));
}

TEST_F(AuthenticatorTest, SaysWhySomebodyIsRefused) {
  EXPECT_EQ(error_of(""), AuthErrc::auth_required);
  EXPECT_EQ(error_of("x"), AuthErrc::invalid_token);
  EXPECT_EQ(error_of(tokens_.sign(claims()), kNow + 900'000), AuthErrc::token_expired);
  revocations_.add_token({"j1", kNow + 900'000});
  EXPECT_EQ(error_of(tokens_.sign(claims())), AuthErrc::token_revoked);
}

// D37.
TEST_F(AuthenticatorTest, ChecksLiveConnectionsAgain) {
  EXPECT_TRUE(authenticator_.recheck(claims(), kNow));
  EXPECT_EQ(auth_errc(authenticator_.recheck(claims(), kNow + 900'000).error()),
            AuthErrc::token_expired);
  revocations_.set_epoch("u1", {1, kNow});
  EXPECT_EQ(auth_errc(authenticator_.recheck(claims(), kNow).error()), AuthErrc::token_revoked);
}

TEST(BearerToken, IsWhatFollowsTheScheme) {
  EXPECT_EQ(bearer_token("Bearer abc.def.ghi"), "abc.def.ghi");
  EXPECT_EQ(bearer_token("bearer  abc "), "abc");
  EXPECT_EQ(bearer_token("Basic abc"), "");
  EXPECT_EQ(bearer_token("Bearer"), "");
  EXPECT_EQ(bearer_token("Bearer "), "");
  EXPECT_EQ(bearer_token(""), "");
}

}  // namespace
}  // namespace lectern::identity
