#include "gate/limiter.h"

#include <cstdint>
#include <deque>
#include <random>

#include <gtest/gtest.h>

namespace lectern::gate {
namespace {

constexpr TimeMs kStart = 1'700'000'000'000;

// L7, L8
TEST(Limiter, LetsABurstUpToTheMaximumPassAndTellsWhenTheNextWould) {
  Limiter limiter(60'000, 3);
  EXPECT_EQ(limiter.check("ann", kStart).remaining, 2U);
  EXPECT_EQ(limiter.check("ann", kStart + 10).remaining, 1U);
  EXPECT_EQ(limiter.check("ann", kStart + 20).remaining, 0U);
  const auto refused = limiter.check("ann", kStart + 1000);
  EXPECT_FALSE(refused.allowed);
  EXPECT_EQ(refused.remaining, 0U);
  EXPECT_EQ(refused.reset_time, kStart + 60'000);
  EXPECT_EQ(refused.retry_after_ms, 59'000);
}

TEST(Limiter, AcceptsAtTheResetTimeAndNotBefore) {
  Limiter limiter(1000, 1);
  EXPECT_TRUE(limiter.check("a", kStart).allowed);
  EXPECT_FALSE(limiter.check("a", kStart + 999).allowed);
  EXPECT_TRUE(limiter.check("a", kStart + 1000).allowed);
}

TEST(Limiter, ARefusedRequestIsNotCounted) {
  Limiter limiter(1000, 1);
  limiter.check("a", kStart);
  for (int i = 1; i < 1000; ++i) EXPECT_FALSE(limiter.check("a", kStart + i).allowed);
  EXPECT_TRUE(limiter.check("a", kStart + 1000).allowed);
}

TEST(Limiter, KeysDoNotDisturbEachOther) {
  Limiter limiter(1000, 1);
  EXPECT_TRUE(limiter.check("a", kStart).allowed);
  EXPECT_TRUE(limiter.check("b", kStart).allowed);
  EXPECT_FALSE(limiter.check("a", kStart).allowed);
}

TEST(Limiter, AMaximumOfZeroSwitchesItOff) {
  Limiter limiter(1000, 0);
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(limiter.check("a", kStart).allowed);
  EXPECT_EQ(limiter.keys(), 0U);
}

// D61: a fixed window would let twice the maximum pass around its edge.
TEST(Limiter, NoWindowEverHoldsMoreThanTheMaximum) {
  constexpr std::int64_t kWindow = 1000;
  for (const std::uint32_t max : {1U, 5U, 60U, 1024U, 1500U, 5000U}) {
    Limiter limiter(kWindow, max);
    std::mt19937 random(max);
    std::deque<TimeMs> accepted;
    TimeMs now = kStart;
    std::uint64_t total = 0;
    for (int i = 0; i < 40'000; ++i) {
      now += static_cast<TimeMs>(random() % (2 * kWindow / max + 2));
      while (!accepted.empty() && now - accepted.front() >= kWindow) accepted.pop_front();
      const bool exact = accepted.size() < max;
      const auto verdict = limiter.check("k", now);
      if (max <= SlidingLog::kExact) {
        ASSERT_EQ(verdict.allowed, exact) << max << " " << i;
      }
      if (!verdict.allowed) {
        ASSERT_EQ(verdict.reset_time, now + verdict.retry_after_ms);
        continue;
      }
      ASSERT_TRUE(exact) << max << " " << i;
      accepted.push_back(now);
      ++total;
    }
    EXPECT_GT(total, 0U);
  }
}

TEST(Limiter, WhatItPromisesAtARefusalHolds) {
  Limiter limiter(1000, 3000);
  TimeMs now = kStart;
  while (limiter.check("k", now).allowed) now += limiter.peek("k", now).remaining % 4 == 0 ? 1 : 0;
  const auto refused = limiter.check("k", now);
  EXPECT_FALSE(limiter.check("k", refused.reset_time - 1).allowed);
  EXPECT_TRUE(limiter.check("k", refused.reset_time).allowed);
}

TEST(Limiter, AClockThatGoesBackNeitherFreesNorForgets) {
  Limiter limiter(1000, 2);
  limiter.check("k", kStart);
  limiter.check("k", kStart - 500);
  const auto refused = limiter.check("k", kStart - 500);
  EXPECT_FALSE(refused.allowed);
  EXPECT_EQ(refused.reset_time, kStart + 1000);
  EXPECT_EQ(refused.retry_after_ms, 1500);
}

// D17, D64
TEST(Limiter, ForgetsIdleKeysWhenSwept) {
  Limiter limiter(1000, 2);
  limiter.check("a", kStart);
  limiter.check("b", kStart + 500);
  limiter.sweep(kStart + 1000);
  EXPECT_EQ(limiter.keys(), 1U);
  limiter.sweep(kStart + 1500);
  EXPECT_EQ(limiter.keys(), 0U);
}

TEST(Limiter, PeekingCountsNothingAndCostsNoMemory) {
  Limiter limiter(1000, 1);
  EXPECT_TRUE(limiter.peek("a", kStart).allowed);
  EXPECT_TRUE(limiter.peek("a", kStart).allowed);
  EXPECT_EQ(limiter.keys(), 0U);
  limiter.record("a", kStart);
  EXPECT_FALSE(limiter.peek("a", kStart).allowed);
  limiter.forget("a");
  EXPECT_TRUE(limiter.peek("a", kStart).allowed);
}

TEST(SlidingLog, KeepsABoundedNumberOfTimes) {
  SlidingLog log;
  EXPECT_EQ(log.capacity(), 0U);
  log.record(1'000'000, kStart);
  EXPECT_LE(log.capacity(), 8U);
  for (int i = 0; i < 1'000'000; ++i) log.record(1'000'000, kStart);
  EXPECT_LE(log.capacity(), SlidingLog::kExact);
}

TEST(SlidingLog, RecordsBeyondTheMaximumReplaceTheOldest) {
  SlidingLog log;
  for (int i = 0; i < 10; ++i) log.record(3, kStart + i);
  const auto verdict = log.peek(1000, 3, kStart + 10);
  EXPECT_FALSE(verdict.allowed);
  EXPECT_EQ(verdict.reset_time, kStart + 1007);
}

}  // namespace
}  // namespace lectern::gate
