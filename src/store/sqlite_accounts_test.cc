#include "store/sqlite_accounts.h"

#include <algorithm>
#include <atomic>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "identity/account_store_conformance.h"
#include "store/temporary_directory.h"

namespace lectern::store {
namespace {

using identity::Account;
using identity::RefreshToken;
using identity::RotationOutcome;
using identity::StoreOutcome;

constexpr TimeMs kNow = 1'700'000'000'000;
constexpr TimeMs kWeek = 604'800'000;
constexpr TimeMs kGrace = 10'000;

class SqliteAccountsUnderTest {
 public:
  SqliteAccountsUnderTest() { reopen(); }
  identity::AccountStore& store() { return *accounts_; }
  void reopen() {
    accounts_.reset();
    writer_.reset();
    writer_.emplace(file_);
    accounts_.emplace(*writer_, file_);
  }

 private:
  TemporaryDirectory directory_;
  const std::string file_ = directory_.file("lectern.db");
  std::optional<Writer> writer_;
  std::optional<SqliteAccounts> accounts_;
};

}  // namespace
}  // namespace lectern::store

namespace lectern::identity {
INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, AccountStoreConformance, store::SqliteAccountsUnderTest);
}  // namespace lectern::identity

namespace lectern::store {
namespace {

class SqliteAccountsTest : public ::testing::Test {
 protected:
  SqliteAccountsTest() { open(); }
  void open() {
    writer_.emplace(file_);
    accounts_.emplace(*writer_, file_);
  }
  void reopen() {
    accounts_.reset();
    writer_.reset();
    open();
  }
  RefreshToken token(const std::string& id) {
    return {id, "user", "family", std::string(31, '\0') + id[0], 0, kNow + kWeek};
  }
  RotationOutcome rotate(const std::string& id, const std::string& successor, TimeMs now = kNow) {
    return accounts_->rotate(id, token(id).hash, token(successor), now, kGrace);
  }

  using Kind = identity::AccountChange::Kind;
  StoreOutcome change(const std::string& user_id, Kind kind, const std::string& value = {}) {
    return accounts_->change_account(user_id, {kind, value}, kNow, &raised_);
  }

  identity::Epoch raised_;
  TemporaryDirectory directory_;
  const std::string file_ = directory_.file("lectern.db");
  std::optional<Writer> writer_;
  std::optional<SqliteAccounts> accounts_;
};

TEST_F(SqliteAccountsTest, KeepsAccountsOverARestart) {
  const Account account{"u1", "Ada", "admin", "$argon2id$", false, kNow};
  EXPECT_EQ(accounts_->create_account(account), StoreOutcome::done);
  reopen();
  const auto found = accounts_->find_account("u1");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->name, "Ada");
  EXPECT_EQ(found->role, "admin");
  EXPECT_EQ(found->password_hash, "$argon2id$");
  EXPECT_FALSE(found->disabled);
  EXPECT_EQ(found->created_at, kNow);
  EXPECT_EQ(accounts_->find_account_by_name("ADA")->user_id, "u1");
  EXPECT_FALSE(accounts_->find_account("u2"));
}

TEST_F(SqliteAccountsTest, GivesANameToOneAccountOnly) {
  EXPECT_EQ(accounts_->create_account({"u1", "Ada", "admin", "h", false, kNow}),
            StoreOutcome::done);
  EXPECT_EQ(accounts_->create_account({"u2", "aDA", "student", "h", false, kNow}),
            StoreOutcome::name_taken);
  EXPECT_EQ(accounts_->accounts().size(), 1U);
}

TEST_F(SqliteAccountsTest, ChangesAndRemovesAccounts) {
  accounts_->create_account({"u1", "Ada", "admin", "h", false, kNow});
  EXPECT_EQ(change("u1", Kind::password, "new"), StoreOutcome::done);
  EXPECT_EQ(change("u1", Kind::role, "student"), StoreOutcome::done);
  EXPECT_EQ(change("u1", Kind::disable), StoreOutcome::done);
  EXPECT_EQ(accounts_->find_account("u1")->role, "student");
  EXPECT_EQ(accounts_->find_account("u1")->password_hash, "new");
  EXPECT_TRUE(accounts_->find_account("u1")->disabled);
  EXPECT_EQ(accounts_->enable_account("u1"), StoreOutcome::done);
  EXPECT_FALSE(accounts_->find_account("u1")->disabled);
  EXPECT_EQ(accounts_->rehash_password("u1", "again"), StoreOutcome::done);
  EXPECT_EQ(accounts_->find_account("u1")->password_hash, "again");
  EXPECT_EQ(change("u2", Kind::password, "new"), StoreOutcome::not_found);
  EXPECT_EQ(accounts_->epoch("u2").number, 0U);
  EXPECT_EQ(change("u1", Kind::remove), StoreOutcome::done);
  EXPECT_EQ(change("u1", Kind::remove), StoreOutcome::not_found);
  EXPECT_TRUE(accounts_->accounts().empty());
}

// A change that is there without its epoch would leave tokens alive.
TEST_F(SqliteAccountsTest, EveryChangeRaisesTheEpochInItsOwnWrite) {
  accounts_->create_account({"u1", "Ada", "admin", "h", false, kNow});
  std::uint64_t number = 0;
  for (const auto kind : {Kind::password, Kind::role, Kind::disable, Kind::remove}) {
    const auto commits = writer_->stats().commits;
    EXPECT_EQ(change("u1", kind, "x"), StoreOutcome::done);
    EXPECT_EQ(raised_.number, ++number);
    EXPECT_EQ(accounts_->epoch("u1").number, number);
    EXPECT_EQ(writer_->stats().commits, commits + 1);
  }
}

TEST_F(SqliteAccountsTest, RemembersWhereAnAccountSignedInLast) {
  accounts_->create_account({"u1", "Ada", "admin", "h", false, kNow});
  for (int i = 0; i < 25; ++i) accounts_->remember_address("u1", std::to_string(i), kNow + i);
  accounts_->remember_address("u1", "5", kNow + 30);
  reopen();
  const auto known = accounts_->known_addresses();
  ASSERT_EQ(known.size(), identity::AccountStore::kMaxAddresses);
  const auto has = [&](const std::string& address) {
    return std::any_of(known.begin(), known.end(), [&](const identity::KnownAddress& one) {
      return one.account == "Ada" && one.address == address;
    });
  };
  EXPECT_TRUE(has("5"));
  EXPECT_TRUE(has("24"));
  EXPECT_FALSE(has("4"));
  change("u1", Kind::remove);
  EXPECT_TRUE(accounts_->known_addresses().empty());
}

TEST_F(SqliteAccountsTest, KeepsTheAuditTrailWithinItsBounds) {
  using Store = identity::AccountStore;
  const identity::AuditEntry login{0, kNow, "login", "u1", "u1", "10.0.0.1", ""};
  accounts_->add_audit(std::vector{login});
  accounts_->add_audit(std::vector<identity::AuditEntry>(
      Store::kMaxAuditFailures + 5, {0, kNow, "login_failed", "", "", "", ""}));
  accounts_->prune(kNow);
  reopen();
  const auto all = accounts_->audit(1'000'000, 1'000'000);
  ASSERT_EQ(all.size(), Store::kMaxAuditFailures + 1);
  EXPECT_EQ(all.back().type, "login") << "failures pushed out what is rarer";
  EXPECT_EQ(all.back().address, "10.0.0.1");
  EXPECT_EQ(all[0].id, static_cast<std::int64_t>(Store::kMaxAuditFailures) + 6);
  const auto page = accounts_->audit(all[0].id, 2);
  ASSERT_EQ(page.size(), 2U);
  EXPECT_EQ(page[0].id, all[0].id - 1);
}

// A directory of the version before.
TEST_F(SqliteAccountsTest, BringsTheFirstFormatUpToDate) {
  accounts_->create_account({"u1", "Ada", "admin", "h", false, kNow});
  accounts_.reset();
  writer_.reset();
  Database(file_).execute(
      "DROP TABLE known_addresses; DROP TABLE audit;"
      "UPDATE meta SET value = '1' WHERE name = 'format'");
  open();
  EXPECT_EQ(accounts_->find_account("u1")->name, "Ada");
  EXPECT_EQ(accounts_->remember_address("u1", "a", kNow), StoreOutcome::done);
  EXPECT_EQ(accounts_->known_addresses().size(), 1U);
}

TEST_F(SqliteAccountsTest, ListsAccountsByName) {
  accounts_->create_account({"u1", "berta", "student", "h", false, kNow});
  accounts_->create_account({"u2", "Ada", "student", "h", false, kNow});
  ASSERT_EQ(accounts_->accounts().size(), 2U);
  EXPECT_EQ(accounts_->accounts()[0].name, "Ada");
}

// D33: of simultaneous uses of one token exactly one wins.
TEST_F(SqliteAccountsTest, ExactlyOneOfTwentySimultaneousRotationsWins) {
  accounts_->add_refresh_token(token("a"));
  std::atomic<int> rotated = 0;
  std::atomic<int> repeated = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 20; ++i) {
    threads.emplace_back([&, i] {
      const auto outcome = rotate("a", "b" + std::to_string(i));
      if (outcome == RotationOutcome::rotated) ++rotated;
      if (outcome == RotationOutcome::repeated) ++repeated;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(rotated, 1);
  EXPECT_EQ(repeated, 19);
  EXPECT_FALSE(accounts_->family_revoked("family"));
}

// D34, and contract section 3: a race refuses the repetition, a replay kills the family.
TEST_F(SqliteAccountsTest, ARepetitionWithinTheGraceLeavesTheSuccessorAlive) {
  accounts_->add_refresh_token(token("a"));
  EXPECT_EQ(rotate("a", "b"), RotationOutcome::rotated);
  EXPECT_EQ(rotate("a", "x", kNow + kGrace), RotationOutcome::repeated);
  EXPECT_EQ(rotate("b", "c", kNow + kGrace), RotationOutcome::rotated);
}

TEST_F(SqliteAccountsTest, ARepetitionAfterTheGraceRevokesTheFamily) {
  accounts_->add_refresh_token(token("a"));
  EXPECT_EQ(rotate("a", "b"), RotationOutcome::rotated);
  EXPECT_EQ(rotate("a", "x", kNow + kGrace + 1), RotationOutcome::family_revoked);
  EXPECT_TRUE(accounts_->family_revoked("family"));
  EXPECT_EQ(rotate("b", "c", kNow + kGrace + 1), RotationOutcome::revoked);
}

TEST_F(SqliteAccountsTest, ARepetitionAfterTheSuccessorWasUsedRevokesTheFamily) {
  accounts_->add_refresh_token(token("a"));
  EXPECT_EQ(rotate("a", "b"), RotationOutcome::rotated);
  EXPECT_EQ(rotate("b", "c"), RotationOutcome::rotated);
  EXPECT_EQ(rotate("a", "x"), RotationOutcome::family_revoked);
  EXPECT_EQ(rotate("c", "d"), RotationOutcome::revoked);
}

TEST_F(SqliteAccountsTest, ReuseIsFoundAfterARestartToo) {
  accounts_->add_refresh_token(token("a"));
  EXPECT_EQ(rotate("a", "b"), RotationOutcome::rotated);
  EXPECT_EQ(rotate("b", "c"), RotationOutcome::rotated);
  reopen();
  EXPECT_EQ(rotate("a", "x"), RotationOutcome::family_revoked);
  reopen();
  EXPECT_EQ(rotate("c", "d"), RotationOutcome::revoked);
}

TEST_F(SqliteAccountsTest, AnUnknownForgedOrExpiredTokenIsNotRotated) {
  accounts_->add_refresh_token(token("a"));
  EXPECT_EQ(rotate("z", "b"), RotationOutcome::unknown);
  EXPECT_EQ(accounts_->rotate("a", std::string(32, 'x'), token("b"), kNow, kGrace),
            RotationOutcome::unknown);
  EXPECT_EQ(rotate("a", "b", kNow + kWeek), RotationOutcome::unknown);
  EXPECT_FALSE(accounts_->find_refresh_token("b"));
  EXPECT_EQ(rotate("a", "b"), RotationOutcome::rotated);
  EXPECT_EQ(accounts_->find_refresh_token("b")->family, "family");
}

// D35: one write kills every token of a user, also one that is being rotated at that moment.
TEST_F(SqliteAccountsTest, RaisingTheEpochEndsTheRefreshTokensOfTheUser) {
  accounts_->add_refresh_token(token("a"));
  EXPECT_EQ(accounts_->epoch("user").number, 0U);
  EXPECT_EQ(accounts_->raise_epoch("user", kNow)->number, 1U);
  EXPECT_EQ(rotate("a", "b"), RotationOutcome::revoked);
  EXPECT_EQ(accounts_->raise_epoch("user", kNow + 5)->number, 2U);
  reopen();
  EXPECT_EQ(accounts_->epoch("user").number, 2U);
  EXPECT_EQ(accounts_->epoch("user").raised_at, kNow + 5);
  EXPECT_EQ(accounts_->epoch("other").number, 0U);
}

TEST_F(SqliteAccountsTest, ARefusedChangeHarmsNobodyElse) {
  EXPECT_EQ(accounts_->add_refresh_token(token("a")), StoreOutcome::done);
  EXPECT_EQ(accounts_->add_refresh_token(token("a")), StoreOutcome::unavailable);
  EXPECT_TRUE(writer_->writable());
  EXPECT_EQ(accounts_->add_refresh_token(token("b")), StoreOutcome::done);
}

TEST_F(SqliteAccountsTest, RemembersRevokedTokensUntilTheyExpire) {
  accounts_->revoke_session({"j1", kNow + 10}, {});
  accounts_->revoke_session({"j2", kNow + 20}, {});
  accounts_->revoke_session({"j2", kNow + 5}, {});
  reopen();
  EXPECT_EQ(accounts_->revoked_tokens(kNow).size(), 2U);
  const auto later = accounts_->revoked_tokens(kNow + 10);
  ASSERT_EQ(later.size(), 1U);
  EXPECT_EQ(later[0].jti, "j2");
  EXPECT_EQ(later[0].expires_at, kNow + 20);
}

TEST_F(SqliteAccountsTest, ForgetsWhatHasExpired) {
  accounts_->add_refresh_token(token("a"));
  accounts_->revoke_session({"j1", kNow + 10}, {"family", kNow + kWeek});
  EXPECT_EQ(accounts_->prune(kNow + 10), StoreOutcome::done);
  EXPECT_TRUE(accounts_->find_refresh_token("a"));
  EXPECT_TRUE(accounts_->family_revoked("family"));
  EXPECT_TRUE(accounts_->revoked_tokens(0).empty());
  EXPECT_EQ(accounts_->prune(kNow + kWeek), StoreOutcome::done);
  EXPECT_FALSE(accounts_->find_refresh_token("a"));
  EXPECT_FALSE(accounts_->family_revoked("family"));
}

TEST_F(SqliteAccountsTest, TheFirstSecretOfANameStays) {
  const std::string secret("\0\xff\x01", 3);
  EXPECT_FALSE(accounts_->secret("access"));
  EXPECT_EQ(accounts_->keep_secret("access", secret), secret);
  EXPECT_EQ(accounts_->keep_secret("access", "other"), secret);
  reopen();
  EXPECT_EQ(accounts_->secret("access"), secret);
}

TEST_F(SqliteAccountsTest, TellsThatTheStoreIsUnavailable) {
  accounts_->create_account({"u1", "Ada", "admin", "h", false, kNow});
  accounts_->add_refresh_token(token("a"));
  writer_->fail("for this test");
  EXPECT_EQ(accounts_->create_account({"u2", "Bob", "admin", "h", false, kNow}),
            StoreOutcome::unavailable);
  EXPECT_EQ(rotate("a", "b"), RotationOutcome::unavailable);
  EXPECT_FALSE(accounts_->raise_epoch("user", kNow));
  EXPECT_FALSE(accounts_->keep_secret("access", "x"));
  EXPECT_TRUE(accounts_->find_account("u1"));
}

}  // namespace
}  // namespace lectern::store
