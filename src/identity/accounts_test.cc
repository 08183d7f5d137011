#include "identity/accounts.h"

#include <atomic>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "identity/authenticator.h"
#include "identity/memory_store.h"
#include "identity/password.h"

namespace lectern::identity {
namespace {

constexpr TimeMs kNow = 1'700'000'000'000;
constexpr TimeMs kGrace = 10'000;
constexpr TimeMs kWeek = 604'800'000;

class AccountsTest : public ::testing::Test {
 protected:
  AccountsTest() { EXPECT_TRUE(accounts_.add("Ada", "instructor", "right", kNow, Uuid::random())); }

  static AuthErrc code(const Result<TokenPair>& pair) {
    return pair ? AuthErrc{} : auth_errc(pair.error());
  }
  Result<TokenPair> login(TimeMs now = kNow) {
    return accounts_.login("Ada", "right", now, PairIds::random());
  }
  Result<TokenPair> refresh(const TokenPair& pair, TimeMs now = kNow) {
    return accounts_.refresh(pair.refresh_token, now, PairIds::random());
  }
  // The error of authenticating with the access token, or none.
  AuthErrc access(const TokenPair& pair, TimeMs now = kNow) {
    const auto identity = authenticator_.authenticate(pair.access_token, now);
    return identity ? AuthErrc{} : auth_errc(identity.error());
  }

  MemoryStore store_;
  Tokens tokens_{std::string(32, 'k'), std::string(32, 'r'), {}};
  Roles roles_;
  Revocations revocations_;
  Accounts accounts_{store_, tokens_, roles_, revocations_, {}};
  Authenticator authenticator_{tokens_, roles_, revocations_};
};

// A2, A6.
TEST_F(AccountsTest, ALoginGivesTokensOfTheContract) {
  const auto pair = accounts_.login("ada", "right", kNow + 999, PairIds::random());
  ASSERT_TRUE(pair);
  EXPECT_EQ(pair->expires_at, kNow + 900'000);
  EXPECT_EQ(pair->claims.username, "Ada");
  EXPECT_EQ(pair->claims.role, "instructor");
  EXPECT_EQ(pair->claims.permissions, *roles_.permissions_of("instructor"));
  EXPECT_EQ(pair->claims.epoch, 0U);
  EXPECT_FALSE(pair->claims.family.empty());
  EXPECT_EQ(access(*pair), AuthErrc{});
  const auto refresh_claims = tokens_.verify_refresh(pair->refresh_token, kNow);
  ASSERT_TRUE(refresh_claims);
  EXPECT_EQ(refresh_claims->expires_at, kNow / 1000 + 604800);
}

TEST_F(AccountsTest, ARefusedLoginNeverSaysWhy) {
  const auto ids = PairIds::random();
  EXPECT_EQ(code(accounts_.login("Ada", "wrong", kNow, ids)), AuthErrc::invalid_credentials);
  EXPECT_EQ(code(accounts_.login("Bob", "right", kNow, ids)), AuthErrc::invalid_credentials);
  EXPECT_EQ(code(accounts_.login("", "right", kNow, ids)), AuthErrc::invalid_credentials);
  EXPECT_EQ(code(accounts_.login("Ada", "", kNow, ids)), AuthErrc::invalid_credentials);
  EXPECT_EQ(code(accounts_.login("Ada", std::string(1025, 'x'), kNow, ids)),
            AuthErrc::invalid_credentials);
  ASSERT_TRUE(accounts_.disable("Ada", kNow));
  EXPECT_EQ(code(login()), AuthErrc::invalid_credentials);
}

TEST_F(AccountsTest, TheStoreHoldsNeitherPasswordsNorTokens) {
  const auto pair = login();
  const auto account = store_.find_account_by_name("Ada");
  EXPECT_TRUE(account->password_hash.starts_with("$argon2id$"));
  const auto row =
      store_.find_refresh_token(tokens_.verify_refresh(pair->refresh_token, kNow)->token_id);
  EXPECT_EQ(row->hash, sha256(pair->refresh_token));
}

// A8.
TEST_F(AccountsTest, ARefreshGivesANewPairOfTheSameFamily) {
  const auto first = login();
  const auto second = refresh(*first, kNow + 60'000);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->claims.family, first->claims.family);
  EXPECT_NE(second->claims.jti, first->claims.jti);
  EXPECT_EQ(second->expires_at, kNow + 960'000);
  EXPECT_EQ(access(*second, kNow + 60'000), AuthErrc{});
  EXPECT_EQ(code(refresh(*second, kNow + 60'000)), AuthErrc{});
}

// D36: what was true at the login says nothing about now.
TEST_F(AccountsTest, ARefreshReadsRoleAndPermissionsAfresh) {
  const auto first = login();
  roles_.set("instructor", {"chat:read"});
  const auto second = refresh(*first);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->claims.role, "instructor");
  EXPECT_EQ(second->claims.permissions, std::vector<std::string>{"chat:read"});
}

// D33.
TEST_F(AccountsTest, ExactlyOneOfManySimultaneousRefreshesWins) {
  const auto first = login();
  std::atomic<int> won = 0;
  std::atomic<int> reused = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 20; ++i) {
    threads.emplace_back([&] {
      const auto pair = refresh(*first);
      if (pair) ++won;
      if (code(pair) == AuthErrc::token_reused) ++reused;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(won, 1);
  EXPECT_EQ(reused, 19);
  EXPECT_EQ(access(*first), AuthErrc{});
}

// D34: a lost reply does no harm, a replay ends the family.
TEST_F(AccountsTest, ARepetitionWithinTheGraceIsOnlyRefused) {
  const auto first = login();
  const auto second = refresh(*first);
  EXPECT_EQ(code(refresh(*first, kNow + kGrace)), AuthErrc::token_reused);
  EXPECT_EQ(access(*second), AuthErrc{});
  EXPECT_EQ(code(refresh(*second, kNow + kGrace)), AuthErrc{});
}

TEST_F(AccountsTest, AReplayEndsTheFamilyAndItsAccessTokens) {
  const auto first = login();
  const auto other_device = login();
  const auto second = refresh(*first);
  const auto third = refresh(*second);
  EndedFamily ended;
  EXPECT_EQ(code(accounts_.refresh(first->refresh_token, kNow, PairIds::random(), &ended)),
            AuthErrc::token_reused);
  EXPECT_EQ(ended.family, first->claims.family);
  EXPECT_EQ(ended.user_id, first->claims.user_id);
  EXPECT_EQ(code(refresh(*third)), AuthErrc::token_revoked);
  EXPECT_EQ(access(*third), AuthErrc::token_revoked);
  EXPECT_EQ(access(*other_device), AuthErrc{});
  EXPECT_EQ(code(refresh(*other_device)), AuthErrc{});
}

TEST_F(AccountsTest, ALateRepetitionEndsTheFamily) {
  const auto first = login();
  const auto second = refresh(*first);
  EXPECT_EQ(code(refresh(*first, kNow + kGrace + 1)), AuthErrc::token_reused);
  EXPECT_EQ(code(refresh(*second, kNow + kGrace + 1)), AuthErrc::token_revoked);
}

TEST_F(AccountsTest, ARefreshNeedsAGoodRefreshToken) {
  const auto pair = login();
  EXPECT_EQ(code(accounts_.refresh("x", kNow, PairIds::random())), AuthErrc::invalid_token);
  EXPECT_EQ(code(accounts_.refresh(pair->access_token, kNow, PairIds::random())),
            AuthErrc::invalid_token);
  EXPECT_EQ(code(refresh(*pair, kNow + kWeek)), AuthErrc::token_expired);
  store_.prune(kNow + kWeek);
  EXPECT_EQ(code(refresh(*pair)), AuthErrc::invalid_token);
}

TEST_F(AccountsTest, ALogoutEndsThisSessionAlone) {
  const auto first = login();
  const auto refreshed = refresh(*first);
  const auto other_device = login();
  ASSERT_TRUE(accounts_.logout(refreshed->claims, kNow));
  EXPECT_EQ(access(*refreshed), AuthErrc::token_revoked);
  EXPECT_EQ(access(*first), AuthErrc::token_revoked);
  EXPECT_EQ(code(refresh(*refreshed)), AuthErrc::token_revoked);
  EXPECT_EQ(access(*other_device), AuthErrc{});
}

// A9, D35.
TEST_F(AccountsTest, ARevocationEndsEveryTokenOfTheUser) {
  const auto first = login();
  const auto second = login();
  ASSERT_TRUE(accounts_.revoke(first->claims.user_id, kNow));
  EXPECT_EQ(access(*first), AuthErrc::token_revoked);
  EXPECT_EQ(code(refresh(*second)), AuthErrc::token_revoked);
  const auto later = login();
  EXPECT_EQ(access(*later), AuthErrc{});
  Revocations after_restart;
  after_restart.load(store_, kNow);
  EXPECT_FALSE(after_restart.check(first->claims, kNow));
  EXPECT_TRUE(after_restart.check(later->claims, kNow));
}

TEST_F(AccountsTest, DisablingEndsTokensAndEnablingDoesNotBringThemBack) {
  const auto pair = login();
  ASSERT_TRUE(accounts_.disable("ada", kNow));
  EXPECT_EQ(access(*pair), AuthErrc::token_revoked);
  EXPECT_EQ(code(refresh(*pair)), AuthErrc::token_revoked);
  ASSERT_TRUE(accounts_.enable("Ada"));
  EXPECT_EQ(access(*pair), AuthErrc::token_revoked);
  EXPECT_EQ(code(refresh(*pair)), AuthErrc::token_revoked);
  EXPECT_EQ(code(login()), AuthErrc{});
}

TEST_F(AccountsTest, ANewPasswordEndsTheOldOneAndItsTokens) {
  const auto pair = login();
  ASSERT_TRUE(accounts_.set_password("Ada", "better", kNow));
  EXPECT_EQ(code(login()), AuthErrc::invalid_credentials);
  EXPECT_EQ(access(*pair), AuthErrc::token_revoked);
  EXPECT_TRUE(accounts_.login("Ada", "better", kNow, PairIds::random()));
}

TEST_F(AccountsTest, ANewRoleEndsTheTokensOfTheOldOne) {
  const auto pair = login();
  EXPECT_EQ(auth_errc(accounts_.set_role("Ada", "teacher", kNow).error()), AuthErrc::unknown_role);
  EXPECT_EQ(access(*pair), AuthErrc{});
  ASSERT_TRUE(accounts_.set_role("Ada", "student", kNow));
  EXPECT_EQ(access(*pair), AuthErrc::token_revoked);
  EXPECT_EQ(code(refresh(*pair)), AuthErrc::token_revoked);
  EXPECT_EQ(login()->claims.role, "student");
}

TEST_F(AccountsTest, ARemovedAccountIsGone) {
  const auto pair = login();
  ASSERT_TRUE(accounts_.remove("Ada", kNow));
  EXPECT_EQ(access(*pair), AuthErrc::token_revoked);
  EXPECT_EQ(code(refresh(*pair)), AuthErrc::token_revoked);
  EXPECT_EQ(code(login()), AuthErrc::invalid_credentials);
  EXPECT_TRUE(accounts_.list().empty());
  EXPECT_EQ(auth_errc(accounts_.remove("Ada", kNow).error()), AuthErrc::unknown_account);
}

TEST_F(AccountsTest, AnAccountNeedsANameAPasswordAndARole) {
  const auto error = [&](std::string_view name, std::string_view role, std::string_view password) {
    return auth_errc(accounts_.add(name, role, password, kNow, Uuid::random()).error());
  };
  EXPECT_EQ(error("", "student", "x"), AuthErrc::invalid_name);
  EXPECT_EQ(error("a\nb", "student", "x"), AuthErrc::invalid_name);
  EXPECT_EQ(error("<b>", "student", "x"), AuthErrc::invalid_name);
  EXPECT_EQ(error("Bob", "student", ""), AuthErrc::invalid_password);
  EXPECT_EQ(error("Bob", "teacher", "x"), AuthErrc::unknown_role);
  EXPECT_EQ(error("ADA", "student", "x"), AuthErrc::name_taken);
  EXPECT_EQ(accounts_.list().size(), 1U);
}

TEST_F(AccountsTest, AGuestIsAStudentOfOneRoom) {
  const auto room = Uuid::random().to_string();
  const auto guest = Uuid::random();
  const auto pair = accounts_.admit_guest("Zo\xc3\xab", room, guest, kNow, PairIds::random());
  ASSERT_TRUE(pair);
  EXPECT_EQ(pair->claims.role, "student");
  EXPECT_EQ(pair->claims.room_id, room);
  EXPECT_EQ(pair->claims.user_id, guest.to_string());
  EXPECT_EQ(access(*pair), AuthErrc{});
  const auto second = refresh(*pair);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->claims.room_id, room);
  EXPECT_EQ(second->claims.username, "Zo\xc3\xab");
  EXPECT_EQ(second->claims.user_id, guest.to_string());
  EXPECT_EQ(second->claims.role, "student");
  ASSERT_TRUE(accounts_.revoke(guest.to_string(), kNow));
  EXPECT_EQ(code(refresh(*second)), AuthErrc::token_revoked);
}

TEST_F(AccountsTest, NothingIsGivenOutThatTheStoreDidNotKeep) {
  const auto pair = login();
  store_.fail();
  EXPECT_EQ(code(login()), AuthErrc::store_unavailable);
  EXPECT_EQ(code(refresh(*pair)), AuthErrc::store_unavailable);
  EXPECT_FALSE(accounts_.logout(pair->claims, kNow));
  EXPECT_EQ(access(*pair), AuthErrc{});
  EXPECT_FALSE(accounts_.revoke(pair->claims.user_id, kNow));
  EXPECT_EQ(auth_errc(accounts_.disable("Ada", kNow).error()), AuthErrc::store_unavailable);
}

TEST_F(AccountsTest, TheAdministratorIsMadeOnce) {
  MemoryStore store;
  Accounts fresh(store, tokens_, roles_, revocations_, {});
  EXPECT_TRUE(fresh.needs_administrator());
  EXPECT_TRUE(*fresh.create_administrator("first", kNow, Uuid::random()));
  EXPECT_FALSE(fresh.needs_administrator());
  EXPECT_FALSE(*fresh.create_administrator("second", kNow, Uuid::random()));
  const auto pair = fresh.login("admin", "first", kNow, PairIds::random());
  ASSERT_TRUE(pair);
  EXPECT_EQ(pair->claims.permissions, std::vector<std::string>{"*:*"});
  ASSERT_TRUE(fresh.remove("admin", kNow));
  EXPECT_FALSE(fresh.needs_administrator());
  // Accounts that were made before the first start change nothing.
  EXPECT_TRUE(accounts_.needs_administrator());
  ASSERT_TRUE(accounts_.add("admin", "instructor", "own", kNow, Uuid::random()));
  EXPECT_FALSE(accounts_.needs_administrator());
}

TEST(Password, IsKeptAsArgon2id) {
  const auto hash = hash_password("correct horse");
  EXPECT_TRUE(hash.starts_with("$argon2id$v=19$m=65536,t=2,p=1$")) << hash;
  EXPECT_TRUE(verify_password(hash, "correct horse"));
  EXPECT_FALSE(verify_password(hash, "correct horse "));
  EXPECT_FALSE(verify_password("nonsense", "correct horse"));
  EXPECT_FALSE(needs_rehash(hash));
  EXPECT_NE(hash_password("correct horse"), hash);
}

TEST(Password, IsGeneratedWithAHundredRandomBits) {
  const auto password = generate_password();
  EXPECT_EQ(password.size(), 20U);
  EXPECT_EQ(password.find_first_not_of("abcdefghijkmnpqrstuvwxyz23456789"), password.npos);
  EXPECT_NE(generate_password(), password);
}

}  // namespace
}  // namespace lectern::identity
