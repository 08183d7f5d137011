#include "load/latencies.h"

#include <gtest/gtest.h>

namespace lectern::load {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;

TEST(LatenciesTest, NoneHaveNoValue) { EXPECT_EQ(Latencies().value(0.99), 0); }

TEST(LatenciesTest, ShortOnesAreExact) {
  Latencies latencies;
  for (int us = 1; us <= 100; ++us) latencies.add(microseconds(us));
  EXPECT_EQ(latencies.count(), 100U);
  EXPECT_DOUBLE_EQ(latencies.value(0.5), 0.050);
  EXPECT_DOUBLE_EQ(latencies.value(0.99), 0.099);
  EXPECT_DOUBLE_EQ(latencies.value(1), 0.100);
}

TEST(LatenciesTest, LongOnesAreNeverLessAndALittleMore) {
  for (const std::int64_t us : {127, 128, 129, 1'000, 65'535, 65'536, 999'999, 59'000'000}) {
    Latencies latencies;
    latencies.add(microseconds(us));
    const auto ms = static_cast<double>(us) / 1000;
    EXPECT_GE(latencies.value(1), ms) << us;
    EXPECT_LE(latencies.value(1), ms * 1.016) << us;
  }
}

TEST(LatenciesTest, WhatCannotBeCountsAsTheNearest) {
  Latencies latencies;
  latencies.add(microseconds(-5));
  EXPECT_EQ(latencies.value(1), 0);
  latencies.add(hours(100));
  EXPECT_NEAR(latencies.value(1), 3'600'000, 60'000);
}

}  // namespace
}  // namespace lectern::load
