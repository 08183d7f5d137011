#include "redis_store/redis_log.h"

#include <signal.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "events/event_log_conformance.h"
#include "redis/test_redis.h"

namespace lectern::redis {
namespace {

using events::append_now;
using events::posted;

constexpr std::chrono::seconds kLimit{20};

RedisLogOptions options_of(const TestRedis& redis) {
  RedisLogOptions options;
  options.url = *parse_url("redis://" + redis.authority());
  options.prefix = "school:";
  return options;
}

struct RedisLogUnderTest {
  static constexpr bool kDurable = true;
  RedisLogUnderTest() { reopen(); }
  events::EventLog& log() { return *log_; }
  void reopen() {
    log_.reset();
    log_.emplace(options_of(redis_), nullptr);
    log_->wait_until_ready(kLimit);
  }

  TestRedis redis_;
  std::optional<RedisLog> log_;
};

class RedisLogTest : public testing::Test {
 protected:
  std::unique_ptr<RedisLog> open() {
    auto log = std::make_unique<RedisLog>(options_of(redis_), nullptr);
    EXPECT_TRUE(log->wait_until_ready(kLimit)) << log->failure();
    return log;
  }
  // What Redis answers to a command from somebody else.
  Reply ask(std::vector<std::string> words) {
    Broker broker(*parse_url("redis://" + redis_.authority()), nullptr);
    std::promise<Reply> answer;
    broker.on_available([&] {
      broker.commands().send(std::vector<std::string_view>(words.begin(), words.end()),
                             [&](Result<Reply> reply) { answer.set_value(std::move(*reply)); });
    });
    broker.start();
    auto reply = answer.get_future().get();
    broker.stop();
    return reply;
  }
  std::string key() const { return "school:events:" + aggregate_.to_string(); }

  TestRedis redis_{{"--appendonly", "yes"}};
  const Uuid aggregate_ = Uuid::random();
};

TEST_F(RedisLogTest, KeepsAnEventAsItsJsonWithItsVersionAsTheScore) {
  const auto log = open();
  const events::NewEvent event{Uuid::random(), "chat:\"posted\"", R"({"a":{"version":9}})", 1700};
  EXPECT_FALSE(append_now(*log, {aggregate_, {}, {event}, ""}).error);
  const auto members = ask({"ZRANGE", key(), "0", "-1", "WITHSCORES"}).items;
  ASSERT_EQ(members.size(), 2U);
  EXPECT_EQ(members[0].text, "{\"id\":\"" + event.id.to_string() +
                                 "\",\"type\":\"chat:\\u0022posted\\u0022\",\"aggregateId\":\"" +
                                 aggregate_.to_string() +
                                 "\",\"payload\":{\"a\":{\"version\":9}},\"timestamp\":1700,"
                                 "\"version\":1}");
  EXPECT_EQ(members[1].text, "1");
  EXPECT_EQ(log->read(aggregate_, 1, 9).at(0).type, event.type);
}

// Two nodes: nobody owns an aggregate, Redis puts the appends in order.
TEST_F(RedisLogTest, TwoLogsGiveOneAggregateVersionsWithoutAGap) {
  const auto one = open();
  const auto other = open();
  constexpr int kThreads = 8;
  constexpr int kAppends = 200;
  std::vector<std::set<std::uint64_t>> mine(kThreads);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      auto& log = t % 2 ? *one : *other;
      for (int i = 0; i < kAppends; ++i) {
        const auto result = append_now(log, {aggregate_, {}, {posted("{}")}, ""});
        EXPECT_FALSE(result.error);
        mine[static_cast<std::size_t>(t)].insert(result.first_version);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  std::set<std::uint64_t> all;
  for (const auto& versions : mine) all.insert(versions.begin(), versions.end());
  EXPECT_EQ(all.size(), std::size_t{kThreads * kAppends});
  EXPECT_EQ(*all.begin(), 1U);
  EXPECT_EQ(*all.rbegin(), std::uint64_t{kThreads * kAppends});
  EXPECT_EQ(one->read(aggregate_, 1, 5000).size(), all.size());
}

TEST_F(RedisLogTest, OfTwoLogsThatExpectTheSameVersionOneWins) {
  const auto one = open();
  const auto other = open();
  std::atomic<int> won = 0;
  const auto race = [&](RedisLog& log) {
    for (std::uint64_t version = 0; version < 100; ++version) {
      const auto result = append_now(log, {aggregate_, version, {posted("{}")}, ""});
      if (!result.error) ++won;
      EXPECT_NE(result.error, events::AppendError::store_unavailable);
      while (log.read(aggregate_, version + 1, 1).empty()) std::this_thread::yield();
    }
  };
  std::thread second([&] { race(*other); });
  race(*one);
  second.join();
  EXPECT_EQ(won, 100);
}

TEST_F(RedisLogTest, ASubscriptionSeesWhatAnotherLogAppends) {
  const auto one = open();
  const auto other = open();
  events::Visited visited;
  const auto subscription =
      one->subscribe(1, [&](const events::DomainEvent& event) { return visited.visit(event); });
  append_now(*other, {aggregate_, {}, {posted("1")}, ""});
  append_now(*one, {aggregate_, {}, {posted("2")}, ""});
  append_now(*other, {Uuid::random(), {}, {posted("3")}, ""});
  EXPECT_EQ(visited.payloads(3), (std::vector<std::string>{"1", "2", "3"}));
}

// D24: what was announced while the subscription was away is read from the log.
TEST_F(RedisLogTest, ASubscriptionMissesNothingWhenItsConnectionIsKilled) {
  const auto one = open();
  const auto other = open();
  events::Visited visited;
  const auto subscription =
      one->subscribe(1, [&](const events::DomainEvent& event) { return visited.visit(event); });
  std::vector<std::string> all;
  for (int i = 0; i < 60; ++i) {
    if (i % 20 == 5) ask({"CLIENT", "KILL", "TYPE", "pubsub"});
    if (i % 20 == 15) ask({"CLIENT", "KILL", "TYPE", "normal"});
    all.push_back(std::to_string(i));
    EXPECT_FALSE(append_now(*other, {aggregate_, {}, {posted(all.back())}, ""}).error);
  }
  EXPECT_EQ(visited.payloads(60), all);
}

// Every append is told what became of it in time, and what was told is true.
TEST_F(RedisLogTest, RedisKilledAndStartedAgainLosesAndDoublesNothing) {
  const auto log = open();
  std::atomic<bool> enough = false;
  std::set<std::string> acknowledged;
  std::chrono::milliseconds longest{0};
  std::thread appends([&] {
    for (int i = 0; !enough; ++i) {
      const auto begin = SteadyClock::now();
      const auto result = append_now(
          *log,
          {aggregate_, {}, {posted(std::to_string(i))}, i % 2 ? "" : "k" + std::to_string(i)});
      longest = std::max(longest, std::chrono::duration_cast<std::chrono::milliseconds>(
                                      SteadyClock::now() - begin));
      if (!result.error) acknowledged.insert(std::to_string(i));
      EXPECT_FALSE(result.repeated);
    }
  });
  for (int round = 0; round < 5; ++round) {
    for (const auto before = log->stats().appends; log->stats().appends < before + 50;)
      std::this_thread::yield();
    redis_.stop();
    while (log->writable() && round % 2 == 1) std::this_thread::yield();
    redis_.start();
    EXPECT_TRUE(log->wait_until_ready(kLimit)) << log->failure();
  }
  enough = true;
  appends.join();
  EXPECT_LT(longest, std::chrono::seconds(2));
  std::multiset<std::string> written;
  std::uint64_t version = 0;
  for (const auto& event : log->read(aggregate_, 1, 1'000'000)) {
    EXPECT_EQ(event.version, ++version);
    written.insert(event.payload);
  }
  for (const auto& payload : acknowledged) EXPECT_EQ(written.count(payload), 1U) << payload;
  EXPECT_EQ(std::set<std::string>(written.begin(), written.end()).size(), written.size());
}

TEST_F(RedisLogTest, ARedisThatAnswersNothingIsRefusedInTimeAndRecovers) {
  const auto log = open();
  redis_.signal(SIGSTOP);
  const auto begin = SteadyClock::now();
  EXPECT_EQ(append_now(*log, {aggregate_, {}, {posted("{}")}, ""}).error,
            events::AppendError::store_unavailable);
  EXPECT_LT(SteadyClock::now() - begin, std::chrono::seconds(2));
  while (log->writable()) std::this_thread::yield();
  EXPECT_FALSE(log->failure().empty());
  redis_.signal(SIGCONT);
  EXPECT_TRUE(log->wait_until_ready(kLimit)) << log->failure();
  EXPECT_TRUE(log->writable());
  EXPECT_FALSE(append_now(*log, {aggregate_, {}, {posted("{}")}, ""}).error);
}

TEST_F(RedisLogTest, WhatOthersLeaveInItsKeysIsSkipped) {
  const auto log = open();
  append_now(*log, {aggregate_, {}, {posted("1")}, ""});
  const std::string id = Uuid::random().to_string();
  for (const std::string& garbage : std::vector<std::string>{
           std::string("no json"), std::string("{}"), std::string("[[[[[[[[[[[["),
           "{\"id\":\"" + id + "\",\"type\":\"x\",\"version\":2}",
           "{\"id\":\"" + id + "\",\"type\":\"x\",\"aggregateId\":\"" + id +
               "\",\"payload\":{},\"timestamp\":1,\"version\":2}"}) {
    ask({"ZADD", key(), "2", garbage});
    ask({"ZADD", key(), "1e300", garbage + "!"});
    ask({"ZADD", key(), "-7.5", garbage + "?"});
    ask({"ZADD", "school:event-order", "1e18", garbage});
    ask({"PUBLISH", "school:domain-events", garbage});
  }
  EXPECT_EQ(append_now(*log, {aggregate_, 1, {posted("2")}, ""}).first_version, 2U);
  const auto read = log->read(aggregate_, 1, 10);
  ASSERT_EQ(read.size(), 2U);
  EXPECT_EQ(read[1].payload, "2");
  std::vector<std::string> all;
  log->read_all(1, [&](const events::DomainEvent& event) {
    all.push_back(event.payload);
    return true;
  });
  EXPECT_EQ(all, (std::vector<std::string>{"1", "2"}));
  EXPECT_TRUE(log->writable());
}

TEST_F(RedisLogTest, AMissingEventEndsTheReadAndTheWriting) {
  const auto log = open();
  append_now(*log, {aggregate_, {}, {posted("1"), posted("2"), posted("3")}, ""});
  ask({"ZREMRANGEBYSCORE", key(), "2", "2"});
  EXPECT_EQ(log->read(aggregate_, 1, 10).size(), 1U);
  EXPECT_FALSE(log->writable());
  EXPECT_THAT(log->failure(), testing::HasSubstr("damaged or missing"));
}

TEST_F(RedisLogTest, ARedisThatForgotWhatItAcknowledgedIsNotWrittenTo) {
  const auto log = open();
  append_now(*log, {aggregate_, {}, {posted("1")}, ""});
  ask({"FLUSHALL"});
  ask({"CLIENT", "KILL", "TYPE", "normal"});
  while (log->writable()) std::this_thread::yield();
  EXPECT_THAT(log->failure(), testing::HasSubstr("lost"));
}

TEST_F(RedisLogTest, AKeyOfAnotherKindRefusesItsAggregateAlone) {
  const auto log = open();
  ask({"SET", key(), "text"});
  EXPECT_EQ(append_now(*log, {aggregate_, {}, {posted("1")}, ""}).error,
            events::AppendError::store_unavailable);
  EXPECT_FALSE(append_now(*log, {Uuid::random(), {}, {posted("1")}, ""}).error);
}

TEST_F(RedisLogTest, AScriptThatRedisForgotIsLoadedAgain) {
  const auto log = open();
  ask({"SCRIPT", "FLUSH"});
  EXPECT_EQ(append_now(*log, {aggregate_, {}, {posted("1")}, ""}).first_version, 1U);
}

}  // namespace
}  // namespace lectern::redis

namespace lectern::events {

INSTANTIATE_TYPED_TEST_SUITE_P(Redis, EventLogConformance, redis::RedisLogUnderTest);

}  // namespace lectern::events
