#include "redis_store/redis_accounts.h"

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>

#include <csignal>

#include <gtest/gtest.h>

#include "identity/account_store_conformance.h"
#include "redis/test_redis.h"
#include "redis_store/ask.h"

namespace lectern::redis {
namespace {

using namespace std::chrono_literals;
using identity::StoreOutcome;

RedisAccountsOptions options_of(const TestRedis& redis) {
  RedisAccountsOptions options{*parse_url("redis://" + redis.authority()), "school:"};
  options.timing = {20ms, 100ms, 500ms};
  return options;
}

TimeMs now() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

class RedisAccountsUnderTest {
 public:
  RedisAccountsUnderTest() { reopen(); }
  identity::AccountStore& store() { return *accounts_; }
  void reopen() {
    accounts_.emplace(options_of(redis_), nullptr);
    EXPECT_TRUE(accounts_->wait_until_ready(20s));
  }

 private:
  TestRedis redis_;
  std::optional<RedisAccounts> accounts_;
};

// What a node knows of revocations, and the news that it was told.
struct Node {
  explicit Node(const TestRedis& redis) : accounts(options_of(redis), nullptr) {
    EXPECT_TRUE(accounts.wait_until_ready(20s));
    accounts.watch(revocations, [this] {
      const std::lock_guard lock(mutex);
      changed.notify_all();
    });
  }
  // A second is the promise; a busy machine may need more of them.
  bool comes(const std::function<bool()>& what) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, 20s, what);
  }
  bool dead(const std::string& user, const std::string& jti, const std::string& family = {},
            std::uint64_t epoch = 0) {
    identity::AccessClaims claims;
    claims.user_id = user;
    claims.jti = jti;
    claims.family = family;
    claims.epoch = epoch;
    return !revocations.check(claims, now());
  }

  std::mutex mutex;
  std::condition_variable changed;
  identity::Revocations revocations;
  RedisAccounts accounts;  // last: its threads use the others
};

class RedisAccountsTest : public ::testing::Test {
 protected:
  // What Redis answers to a command of the test's.
  Reply ask(std::vector<std::string> words) {
    if (!broker_) {
      broker_.emplace(*parse_url("redis://" + redis_.authority()), nullptr);
      broker_->start();
    }
    std::optional<Reply> reply;
    while (!reply) reply = redis::ask(*broker_, words, 20s);
    return *reply;
  }
  std::int64_t life_of(const std::string& key) { return ask({"PTTL", key}).number; }

  TestRedis redis_;
  std::optional<Broker> broker_;
};

TEST_F(RedisAccountsTest, KeepsTheKeysOfTheContractAndTheyExpire) {
  Node node(redis_);
  const identity::RefreshToken first{"t1", "u1", "f1", "h1", 0, now() + 600'000};
  auto second = first;
  second.token_id = "t2";
  second.hash = "h2";
  ASSERT_EQ(node.accounts.add_refresh_token(first), StoreOutcome::done);
  ASSERT_EQ(node.accounts.rotate("t1", "h1", second, now(), 1000),
            identity::RotationOutcome::rotated);
  ASSERT_EQ(node.accounts.revoke_session({"j1", now() + 60'000}, {"f1", now() + 600'000}),
            StoreOutcome::done);
  EXPECT_EQ(ask({"ZRANGE", "school:user_tokens:u1", "0", "-1"}).items.at(0).text, "t2");
  EXPECT_EQ(ask({"HGET", "school:refresh_token:t2", "user"}).text, "u1");
  for (const std::string key :
       {"refresh_token:t1", "refresh_token:t2", "user_tokens:u1", "refresh_family:f1",
        "blacklist:j1", "blacklist", "revoked_families"}) {
    EXPECT_GT(life_of("school:" + key), 0) << key;
    EXPECT_LE(life_of("school:" + key), 600'000) << key;
  }
  node.accounts.raise_epoch("u1", now());
  EXPECT_EQ(ask({"GET", "school:user_epoch:u1"}).text, "1");
  EXPECT_EQ(ask({"EXISTS", "school:user_tokens:u1"}).number, 0);
  for (const auto& key : ask({"KEYS", "*"}).items) EXPECT_EQ(key.text.find("school:"), 0U);
}

TEST_F(RedisAccountsTest, AnotherNodeHearsEveryKindOfRevocation) {
  Node one(redis_);
  Node other(redis_);
  one.accounts.create_account({"u1", "Ada", "student", "h", false, now()});
  one.accounts.raise_epoch("u 2", now());
  EXPECT_TRUE(other.comes([&] { return other.dead("u 2", "j0"); }));
  EXPECT_FALSE(other.dead("u 2", "j0", "", 1)) << "a newer token";
  one.accounts.revoke_session({"j 1", now() + 60'000}, {"f 1", now() + 60'000});
  EXPECT_TRUE(other.comes([&] { return other.dead("u3", "j 1"); }));
  EXPECT_TRUE(other.comes([&] { return other.dead("u3", "j2", "f 1"); }));
  EXPECT_FALSE(other.dead("u3", "j2"));
  identity::Epoch raised;
  one.accounts.change_account("u1", {identity::AccountChange::Kind::disable, {}}, now(), &raised);
  EXPECT_TRUE(other.comes([&] { return other.dead("u1", "j3", "", raised.number); }));
  one.accounts.enable_account("u1");
  EXPECT_TRUE(other.comes([&] { return !other.dead("u1", "j3", "", raised.number); }));
}

TEST_F(RedisAccountsTest, ANodeLearnsWhatItMissedWhileItWasCutOff) {
  Node one(redis_);
  Node other(redis_);
  one.accounts.create_account({"u1", "Ada", "student", "h", true, now()});
  // Its subscriptions end, and nobody says what happens in the same moment.
  ask({"MULTI"});
  ask({"CLIENT", "KILL", "TYPE", "pubsub"});
  ask({"INCR", "school:user_epoch:u2"});
  ask({"HSET", "school:user_epochs", "u2", "1 " + std::to_string(now())});
  EXPECT_EQ(ask({"EXEC"}).items.size(), 3U);
  EXPECT_TRUE(other.comes([&] { return other.dead("u2", "j"); }));
  EXPECT_TRUE(other.comes([&] { return other.dead("u1", "j"); }));
}

TEST_F(RedisAccountsTest, RefusesWithinTwoSecondsWhileRedisIsAwayAndRecovers) {
  RedisAccounts accounts(options_of(redis_), nullptr);
  ASSERT_TRUE(accounts.wait_until_ready(20s));
  accounts.create_account({"u1", "Ada", "student", "h", false, now()});
  EXPECT_TRUE(accounts.readable());
  redis_.signal(SIGSTOP);
  const auto begin = SteadyClock::now();
  EXPECT_FALSE(accounts.raise_epoch("u1", now()));
  EXPECT_LT(SteadyClock::now() - begin, 2s);
  redis_.signal(SIGCONT);
  redis_.stop();
  EXPECT_EQ(accounts.create_account({"u2", "Bob", "student", "h", false, now()}),
            StoreOutcome::unavailable);
  EXPECT_FALSE(accounts.find_account("u1"));
  EXPECT_FALSE(accounts.readable());
  redis_.start();
  auto outcome = StoreOutcome::unavailable;
  for (const auto end = SteadyClock::now() + 20s;
       outcome != StoreOutcome::done && SteadyClock::now() < end;) {
    ASSERT_TRUE(accounts.wait_until_ready(20s));
    outcome = accounts.create_account({"u3", "Cid", "student", "h", false, now()});
  }
  EXPECT_EQ(outcome, StoreOutcome::done);
  EXPECT_TRUE(accounts.readable());
}

TEST_F(RedisAccountsTest, IsClosedForGood) {
  RedisAccounts accounts(options_of(redis_), nullptr);
  ASSERT_TRUE(accounts.wait_until_ready(20s));
  accounts.close();
  EXPECT_FALSE(accounts.raise_epoch("u1", now()));
  accounts.close();
}

}  // namespace
}  // namespace lectern::redis

namespace lectern::identity {
INSTANTIATE_TYPED_TEST_SUITE_P(Redis, AccountStoreConformance, redis::RedisAccountsUnderTest);
}  // namespace lectern::identity
