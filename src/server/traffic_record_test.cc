#include "server/traffic_record.h"

#include <gtest/gtest.h>

namespace lectern::server {
namespace {

constexpr TimeMs kStart = 1'700'000'000'050;

// C1, C7, D2.
TEST(TrafficRecord, TellsTimesAndCounts) {
  TrafficRecord record(kStart);
  const auto fresh = record.at(kStart);
  EXPECT_EQ(fresh.connected_at, 1'700'000'000'000);
  EXPECT_EQ(fresh.last_activity, kStart);
  EXPECT_EQ(fresh.messages_in + fresh.messages_out + fresh.bytes_in + fresh.bytes_out, 0U);

  record.alive(kStart + 1500);
  record.message_in();
  record.bytes_in(7);
  for (int i = 0; i < 3; ++i) {
    record.message_out();
    record.bytes_out(3'000'000'000);
  }
  const auto later = record.at(kStart + 2000);
  EXPECT_EQ(later.connected_at, 1'700'000'000'000);
  EXPECT_EQ(later.last_activity, kStart + 1500);
  EXPECT_EQ(later.messages_in, 1U);
  EXPECT_EQ(later.bytes_in, 7U);
  EXPECT_EQ(later.messages_out, 3U);
  EXPECT_EQ(later.bytes_out, 9'000'000'000U);  // more than 32 bits hold
}

TEST(TrafficRecord, AConnectionMayLastForYears) {
  constexpr TimeMs kYear = 365LL * 24 * 3'600'000;
  TrafficRecord record(kStart);
  record.alive(kStart + 10 * kYear - 20);
  const auto now = record.at(kStart + 10 * kYear);
  EXPECT_EQ(now.connected_at, 1'700'000'000'000);
  EXPECT_EQ(now.last_activity, kStart + 10 * kYear - 20);
}

}  // namespace
}  // namespace lectern::server
