#include "client/pending_acks.h"

#include <gtest/gtest.h>

namespace lectern::client {
namespace {

using std::chrono::milliseconds;

const SteadyClock::time_point kStart{};

PendingAcks of(std::initializer_list<std::pair<std::uint64_t, int>> entries) {
  PendingAcks acks;
  for (const auto& [id, after] : entries)
    acks.add(id, kStart + milliseconds(after), {[](const Result<Arguments>&) {}, {}});
  return acks;
}

TEST(PendingAcks, EachIsTakenOnce) {
  PendingAcks acks = of({{7, 10}});
  EXPECT_FALSE(acks.take(8));
  EXPECT_TRUE(acks.take(7));
  EXPECT_FALSE(acks.take(7));
  EXPECT_FALSE(acks.next()) << "and waits for no deadline any more";
}

TEST(PendingAcks, TheFirstDeadlineIsNext) {
  PendingAcks acks = of({{1, 30}, {2, 10}, {3, 20}});
  EXPECT_EQ(acks.next(), kStart + milliseconds(10));
  EXPECT_FALSE(acks.expired(kStart + milliseconds(9)));
  EXPECT_EQ(acks.expired(kStart + milliseconds(10)), 2U);
  acks.take(2);
  EXPECT_FALSE(acks.expired(kStart + milliseconds(10)));
  EXPECT_EQ(acks.next(), kStart + milliseconds(20));
}

TEST(PendingAcks, GivesUpAllButSome) {
  const PendingAcks acks = of({{1, 30}, {2, 10}, {3, 20}});
  EXPECT_EQ(acks.all_but([](std::uint64_t id) { return id == 3; }),
            (std::vector<std::uint64_t>{2, 1}));
}

}  // namespace
}  // namespace lectern::client
