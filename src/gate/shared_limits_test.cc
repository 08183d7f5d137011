#include "gate/shared_limits.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace lectern::gate {
namespace {

constexpr TimeMs kNow = 1'700'000'000'000;

std::vector<Rule> rules(std::uint32_t everybody, std::uint32_t address) {
  return {{"all", Scope::global, 1000, everybody, {"chat:message"}},
          {"one", Scope::ip, 1000, address, {"chat:message", "user:action"}},
          {"user", Scope::user, 1000, 1, {"chat:message"}}};
}

// L6, D61.
TEST(SharedLimits, CountsEverybodyAndEachAddress) {
  SharedLimits limits(rules(3, 2));
  EXPECT_FALSE(limits.admit("chat:message", "a", kNow));
  EXPECT_FALSE(limits.admit("chat:message", "a", kNow));
  const auto refusal = limits.admit("chat:message", "a", kNow + 1);
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->rule, "one");
  EXPECT_EQ(refusal->type, "RATE_LIMIT_EXCEEDED");
  EXPECT_EQ(refusal->retry_after_ms, 999);
  EXPECT_FALSE(limits.admit("chat:message", "b", kNow + 1));  // the refused one did not count
  EXPECT_EQ(limits.admit("chat:message", "c", kNow + 2)->rule, "all");
  EXPECT_EQ(limits.admit("chat:message", "a", kNow + 2)->reset_time, kNow + 1000);
  EXPECT_FALSE(limits.admit("user:action", "c", kNow + 2));
  EXPECT_FALSE(limits.admit("room:create", "a", kNow + 2));
}

TEST(SharedLimits, WhatOneScopeRefusesTheOtherDoesNotCount) {
  SharedLimits limits(rules(1, 5));
  EXPECT_FALSE(limits.admit("chat:message", "a", kNow));
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(limits.admit("chat:message", "a", kNow));
  for (int i = 0; i < 4; ++i) EXPECT_FALSE(limits.admit("user:action", "a", kNow));
  EXPECT_TRUE(limits.admit("user:action", "a", kNow));
}

// D60: never more than the maximum, however many ask at once.
TEST(SharedLimits, IsExactAmongManyThreads) {
  SharedLimits limits(rules(500, 300));
  std::atomic<int> admitted{0};
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&limits, &admitted, thread] {
      const auto* const address = thread % 2 ? "a" : "b";
      for (int i = 0; i < 1000; ++i) {
        if (!limits.admit("chat:message", address, kNow + i / 10)) ++admitted;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(admitted, 500);
}

TEST(SharedLimits, ForgetsWhatIsOver) {
  SharedLimits limits(rules(100, 2));
  EXPECT_FALSE(limits.admit("chat:message", "a", kNow));
  EXPECT_FALSE(limits.admit("chat:message", "", kNow));  // of no address
  EXPECT_EQ(limits.keys(), 2U);
  limits.sweep(kNow + 1000);
  EXPECT_EQ(limits.keys(), 0U);
}

TEST(SharedLimits, RulesComeAndGo) {
  SharedLimits limits({});
  EXPECT_FALSE(limits.any());
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(limits.admit("chat:message", "a", kNow));
  limits.replace_rules(rules(0, 1));
  EXPECT_TRUE(limits.any());
  EXPECT_FALSE(limits.admit("chat:message", "a", kNow));
  EXPECT_TRUE(limits.admit("chat:message", "a", kNow));
  limits.replace_rules(rules(0, 0));
  EXPECT_FALSE(limits.any());
  EXPECT_FALSE(limits.admit("chat:message", "a", kNow));
}

}  // namespace
}  // namespace lectern::gate
