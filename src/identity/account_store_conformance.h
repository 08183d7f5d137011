#pragma once

// What every AccountStore must do, as a GoogleTest suite. A store joins with
//
//   INSTANTIATE_TYPED_TEST_SUITE_P(Memory, AccountStoreConformance, MemoryStoreUnderTest);
//
// where the parameter has `AccountStore& store()` and `void reopen()` (closes the store and opens
// it again on the same data; nothing where no data outlive the store).

#include <algorithm>
#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "identity/account_store.h"

namespace lectern::identity {

template <class StoreUnderTest>
class AccountStoreConformance : public ::testing::Test {
 protected:
  using Kind = AccountChange::Kind;
  static constexpr TimeMs kWeek = 604'800'000;
  static constexpr TimeMs kGrace = 10'000;

  AccountStore& store() { return under_test_.store(); }
  void reopen() { under_test_.reopen(); }

  void add(const std::string& id, const std::string& name) {
    EXPECT_EQ(store().create_account({id, name, "student", "hash", false, now_}),
              StoreOutcome::done);
  }
  StoreOutcome change(const std::string& id, Kind kind, const std::string& value = {}) {
    return store().change_account(id, {kind, value}, now_, &raised_);
  }
  RefreshToken token(const std::string& id, std::uint64_t epoch = 0) const {
    return {id, "user", "family", std::string(31, '\0') + id[0], epoch, now_ + kWeek};
  }
  RotationOutcome rotate(const std::string& id, const std::string& successor, TimeMs later = 0) {
    return store().rotate(id, token(id).hash, token(successor), now_ + later, kGrace);
  }
  template <class Run>
  static void at_once(int threads, Run run) {
    std::atomic<bool> go = false;
    std::vector<std::thread> running;
    for (int i = 0; i < threads; ++i) {
      running.emplace_back([&, i] {
        while (!go) std::this_thread::yield();
        run(i);
      });
    }
    go = true;
    for (auto& thread : running) thread.join();
  }

  // A store may forget by a clock of its own, so this is the real time.
  const TimeMs now_ = std::chrono::duration_cast<std::chrono::milliseconds>(
                          std::chrono::system_clock::now().time_since_epoch())
                          .count();
  Epoch raised_;
  StoreUnderTest under_test_;
};
TYPED_TEST_SUITE_P(AccountStoreConformance);

TYPED_TEST_P(AccountStoreConformance, FindsAccountsByIdAndByNameInAnyCase) {
  this->add("u2", "berta");
  EXPECT_EQ(this->store().create_account({"u1", "Ada", "admin", "$h$", true, this->now_}),
            StoreOutcome::done);
  this->reopen();
  const auto found = this->store().find_account("u1");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->name, "Ada");
  EXPECT_EQ(found->role, "admin");
  EXPECT_EQ(found->password_hash, "$h$");
  EXPECT_TRUE(found->disabled);
  EXPECT_EQ(found->created_at, this->now_);
  EXPECT_EQ(this->store().find_account_by_name("aDA")->user_id, "u1");
  EXPECT_FALSE(this->store().find_account("u3"));
  EXPECT_FALSE(this->store().find_account_by_name("Ad"));
  ASSERT_EQ(this->store().accounts().size(), 2U);
  EXPECT_EQ(this->store().accounts()[0].name, "Ada");
}

TYPED_TEST_P(AccountStoreConformance, OneOfManyGetsAName) {
  std::atomic<int> made = 0;
  this->at_once(16, [&](int i) {
    const auto outcome = this->store().create_account(
        {"u" + std::to_string(i), i % 2 == 0 ? "Ada" : "ADA", "student", "h", false, this->now_});
    if (outcome == StoreOutcome::done) ++made;
  });
  EXPECT_EQ(made, 1);
  EXPECT_EQ(this->store().accounts().size(), 1U);
}

TYPED_TEST_P(AccountStoreConformance, EveryChangeRaisesTheEpoch) {
  this->add("u1", "Ada");
  std::uint64_t number = 0;
  for (const auto kind :
       {AccountChange::Kind::password, AccountChange::Kind::role, AccountChange::Kind::disable}) {
    EXPECT_EQ(this->change("u1", kind, "new"), StoreOutcome::done);
    EXPECT_EQ(this->raised_.number, ++number);
    EXPECT_EQ(this->raised_.raised_at, this->now_);
    EXPECT_EQ(this->store().epoch("u1").number, number);
  }
  const auto account = this->store().find_account("u1");
  EXPECT_EQ(account->password_hash, "new");
  EXPECT_EQ(account->role, "new");
  EXPECT_TRUE(account->disabled);
  EXPECT_EQ(this->store().enable_account("u1"), StoreOutcome::done);
  EXPECT_EQ(this->store().rehash_password("u1", "again"), StoreOutcome::done);
  EXPECT_FALSE(this->store().find_account("u1")->disabled);
  EXPECT_EQ(this->store().find_account("u1")->password_hash, "again");
  EXPECT_EQ(this->store().epoch("u1").number, number) << "these end no token";
}

TYPED_TEST_P(AccountStoreConformance, ARemovedAccountLeavesItsNameAndItsEpoch) {
  this->add("u1", "Ada");
  EXPECT_EQ(this->change("u1", AccountChange::Kind::remove), StoreOutcome::done);
  EXPECT_EQ(this->raised_.number, 1U);
  EXPECT_EQ(this->change("u1", AccountChange::Kind::remove), StoreOutcome::not_found);
  EXPECT_EQ(this->change("u1", AccountChange::Kind::role, "admin"), StoreOutcome::not_found);
  EXPECT_EQ(this->store().enable_account("u1"), StoreOutcome::not_found);
  EXPECT_EQ(this->store().epoch("u1").number, 1U);
  EXPECT_TRUE(this->store().accounts().empty());
  this->add("u2", "Ada");
}

TYPED_TEST_P(AccountStoreConformance, OneOf64SimultaneousRotationsWins) {
  this->store().add_refresh_token(this->token("a"));
  std::atomic<int> rotated = 0;
  std::atomic<int> repeated = 0;
  this->at_once(64, [&](int i) {
    const auto outcome = this->rotate("a", "b" + std::to_string(i));
    if (outcome == RotationOutcome::rotated) ++rotated;
    if (outcome == RotationOutcome::repeated) ++repeated;
  });
  EXPECT_EQ(rotated, 1);
  EXPECT_EQ(repeated, 63);
  EXPECT_FALSE(this->store().family_revoked("family"));
  int successors = 0;
  for (int i = 0; i < 64; ++i) {
    if (this->store().find_refresh_token("b" + std::to_string(i))) ++successors;
  }
  EXPECT_EQ(successors, 1);
}

TYPED_TEST_P(AccountStoreConformance, ARepetitionIsRefusedOrEndsTheFamily) {
  this->store().add_refresh_token(this->token("a"));
  EXPECT_EQ(this->rotate("a", "b"), RotationOutcome::rotated);
  EXPECT_EQ(this->rotate("a", "x", this->kGrace), RotationOutcome::repeated);
  EXPECT_EQ(this->rotate("b", "c", this->kGrace), RotationOutcome::rotated);
  this->reopen();
  EXPECT_EQ(this->rotate("a", "x"), RotationOutcome::family_revoked) << "its successor was used";
  EXPECT_TRUE(this->store().family_revoked("family"));
  EXPECT_EQ(this->rotate("c", "d"), RotationOutcome::revoked);
  const auto families = this->store().revoked_families(this->now_);
  ASSERT_EQ(families.size(), 1U);
  EXPECT_EQ(families[0].family, "family");
  EXPECT_EQ(families[0].expires_at, this->now_ + this->kWeek) << "as long as its last token";
  EXPECT_TRUE(this->store().revoked_families(this->now_ + this->kWeek).empty());
}

TYPED_TEST_P(AccountStoreConformance, ARepetitionAfterTheGraceEndsTheFamily) {
  this->store().add_refresh_token(this->token("a"));
  EXPECT_EQ(this->rotate("a", "b"), RotationOutcome::rotated);
  EXPECT_EQ(this->rotate("a", "x", this->kGrace + 1), RotationOutcome::family_revoked);
  EXPECT_EQ(this->rotate("b", "c"), RotationOutcome::revoked);
}

TYPED_TEST_P(AccountStoreConformance, AnUnknownForgedOrExpiredTokenIsNotRotated) {
  this->store().add_refresh_token(this->token("a", 3));
  EXPECT_EQ(this->rotate("z", "b"), RotationOutcome::unknown);
  EXPECT_EQ(this->store().rotate("a", std::string(32, 'x'), this->token("b"), this->now_, 0),
            RotationOutcome::unknown);
  EXPECT_EQ(this->rotate("a", "b", this->kWeek), RotationOutcome::unknown);
  EXPECT_FALSE(this->store().find_refresh_token("b"));
  const auto kept = this->store().find_refresh_token("a");
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->user_id, "user");
  EXPECT_EQ(kept->family, "family");
  EXPECT_EQ(kept->hash, this->token("a").hash);
  EXPECT_EQ(kept->epoch, 3U);
  EXPECT_EQ(kept->expires_at, this->now_ + this->kWeek);
  EXPECT_EQ(this->store().add_refresh_token(this->token("a")), StoreOutcome::unavailable);
}

TYPED_TEST_P(AccountStoreConformance, ARaisedEpochEndsOlderTokensOnly) {
  this->store().add_refresh_token(this->token("a"));
  EXPECT_EQ(this->store().raise_epoch("user", this->now_)->number, 1U);
  this->store().add_refresh_token(this->token("b", 1));
  EXPECT_EQ(this->rotate("a", "x"), RotationOutcome::revoked);
  EXPECT_EQ(this->rotate("b", "c"), RotationOutcome::rotated);
  this->reopen();
  EXPECT_EQ(this->store().epoch("user").number, 1U);
  EXPECT_EQ(this->store().epoch("user").raised_at, this->now_);
  EXPECT_EQ(this->store().epoch("other").number, 0U);
  ASSERT_EQ(this->store().epochs().size(), 1U);
  EXPECT_EQ(this->store().epochs()[0].user_id, "user");
  EXPECT_EQ(this->store().epochs()[0].epoch.number, 1U);
}

// Whoever was rotated first is dead afterwards, too.
TYPED_TEST_P(AccountStoreConformance, NoRotationOutlivesASimultaneousRevocation) {
  this->store().add_refresh_token(this->token("a"));
  this->at_once(16, [&](int i) {
    if (i == 8) {
      this->store().raise_epoch("user", this->now_);
    } else {
      this->rotate("a", "b" + std::to_string(i));
    }
  });
  for (int i = 0; i < 16; ++i) {
    EXPECT_NE(this->rotate("b" + std::to_string(i), "c"), RotationOutcome::rotated);
  }
}

TYPED_TEST_P(AccountStoreConformance, EpochsCountEveryRaise) {
  this->at_once(32, [&](int) { this->store().raise_epoch("user", this->now_); });
  EXPECT_EQ(this->store().epoch("user").number, 32U);
}

TYPED_TEST_P(AccountStoreConformance, ASessionIsRevokedWithItsFamily) {
  this->store().add_refresh_token(this->token("a"));
  const auto until = this->now_ + 600'000;
  EXPECT_EQ(this->store().revoke_session({"j 1", until}, {"family", this->now_ + this->kWeek}),
            StoreOutcome::done);
  this->store().revoke_session({"j 1", until - 5000}, {});
  this->reopen();
  const auto tokens = this->store().revoked_tokens(this->now_);
  ASSERT_EQ(tokens.size(), 1U);
  EXPECT_EQ(tokens[0].jti, "j 1");
  EXPECT_EQ(tokens[0].expires_at, until) << "never shorter";
  EXPECT_TRUE(this->store().revoked_tokens(until).empty());
  EXPECT_TRUE(this->store().family_revoked("family"));
  EXPECT_FALSE(this->store().family_revoked("other"));
  EXPECT_EQ(this->rotate("a", "b"), RotationOutcome::revoked);
  EXPECT_EQ(this->store().prune(until), StoreOutcome::done);
  EXPECT_TRUE(this->store().revoked_tokens(0).empty());
  EXPECT_TRUE(this->store().family_revoked("family"));
}

TYPED_TEST_P(AccountStoreConformance, TheFirstSecretOfANameStays) {
  const std::string secret("\0\xff\x01", 3);
  EXPECT_FALSE(this->store().secret("access"));
  EXPECT_EQ(this->store().keep_secret("access", secret), secret);
  EXPECT_EQ(this->store().keep_secret("access", "other"), secret);
  this->reopen();
  EXPECT_EQ(this->store().secret("access"), secret);
}

TYPED_TEST_P(AccountStoreConformance, TheLastAddressesOfAnAccountAreKept) {
  this->add("u1", "Ada");
  for (int i = 0; i < 25; ++i) {
    EXPECT_EQ(this->store().remember_address("u1", std::to_string(i), this->now_ + i),
              StoreOutcome::done);
  }
  this->store().remember_address("u1", "5", this->now_ + 30);
  this->store().remember_address("nobody", "6", this->now_);
  this->reopen();
  const auto known = this->store().known_addresses();
  ASSERT_EQ(known.size(), AccountStore::kMaxAddresses);
  const auto has = [&](const std::string& address) {
    return std::any_of(known.begin(), known.end(), [&](const KnownAddress& one) {
      return one.account == "Ada" && one.address == address;
    });
  };
  EXPECT_TRUE(has("5"));
  EXPECT_TRUE(has("24"));
  EXPECT_FALSE(has("4"));
  this->change("u1", AccountChange::Kind::remove);
  EXPECT_TRUE(this->store().known_addresses().empty());
}

TYPED_TEST_P(AccountStoreConformance, FailuresPushNothingElseOutOfTheAuditTrail) {
  const AuditEntry login{0, this->now_, "login", "u1", "u2", "10.0.0.1", "a b\n\"c\""};
  EXPECT_EQ(this->store().add_audit(std::vector{login}), StoreOutcome::done);
  EXPECT_EQ(
      this->store().add_audit(std::vector<AuditEntry>(
          AccountStore::kMaxAuditFailures + 5, {0, this->now_, "login_failed", "", "", "", ""})),
      StoreOutcome::done);
  this->store().prune(this->now_);
  this->reopen();
  const auto all = this->store().audit(1'000'000, 1'000'000);
  ASSERT_EQ(all.size(), AccountStore::kMaxAuditFailures + 1);
  EXPECT_EQ(all.back().type, "login");
  EXPECT_EQ(all.back().at, this->now_);
  EXPECT_EQ(all.back().actor, "u1");
  EXPECT_EQ(all.back().subject, "u2");
  EXPECT_EQ(all.back().address, "10.0.0.1");
  EXPECT_EQ(all.back().detail, login.detail);
  const auto page = this->store().audit(all[0].id, 2);
  ASSERT_EQ(page.size(), 2U);
  EXPECT_EQ(page[0].id, all[0].id - 1);
}

REGISTER_TYPED_TEST_SUITE_P(
    AccountStoreConformance, FindsAccountsByIdAndByNameInAnyCase, OneOfManyGetsAName,
    EveryChangeRaisesTheEpoch, ARemovedAccountLeavesItsNameAndItsEpoch,
    OneOf64SimultaneousRotationsWins, ARepetitionIsRefusedOrEndsTheFamily,
    ARepetitionAfterTheGraceEndsTheFamily, AnUnknownForgedOrExpiredTokenIsNotRotated,
    ARaisedEpochEndsOlderTokensOnly, NoRotationOutlivesASimultaneousRevocation,
    EpochsCountEveryRaise, ASessionIsRevokedWithItsFamily, TheFirstSecretOfANameStays,
    TheLastAddressesOfAnAccountAreKept, FailuresPushNothingElseOutOfTheAuditTrail);

}  // namespace lectern::identity
