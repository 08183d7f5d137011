#include "net/mailbox.h"

#include <memory>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace lectern::net {
namespace {

TEST(Mailbox, WakesOncePerBatch) {
  Mailbox mailbox;
  EXPECT_TRUE(mailbox.post([] {}));
  EXPECT_FALSE(mailbox.post([] {}));
  EXPECT_EQ(mailbox.size(), 2u);
  EXPECT_FALSE(mailbox.drain(10));
  EXPECT_EQ(mailbox.size(), 0u);
  EXPECT_TRUE(mailbox.post([] {}));
}

TEST(Mailbox, ATaskMayPost) {
  Mailbox mailbox;
  int ran = 0;
  (void)mailbox.post([&] { (void)mailbox.post([&] { ++ran; }); });
  EXPECT_TRUE(mailbox.drain(1)) << "says that more is waiting";
  EXPECT_FALSE(mailbox.drain(1));
  EXPECT_EQ(ran, 1);
}

TEST(Mailbox, ATaskThatThrowsHoldsUpNobody) {
  Mailbox mailbox;
  int ran = 0;
  (void)mailbox.post([] { throw 7; });
  (void)mailbox.post([&] { ++ran; });
  EXPECT_FALSE(mailbox.drain(10));
  EXPECT_EQ(ran, 1);
}

TEST(Mailbox, DropsWhatWasNeverRun) {
  const auto owned = std::make_shared<int>(1);
  {
    Mailbox mailbox;
    (void)mailbox.post([owned] {});
  }
  EXPECT_EQ(owned.use_count(), 1);
}

TEST(Mailbox, KeepsTheOrderOfEveryPosterAndLosesNothing) {
  constexpr int kPosters = 4;
  constexpr int kTasks = 20000;
  Mailbox mailbox;
  std::vector<int> next(kPosters, 0);
  std::atomic<int> wakes{0};
  int ran = 0;
  std::vector<std::thread> posters;
  for (int p = 0; p < kPosters; ++p)
    posters.emplace_back([&, p] {
      for (int n = 0; n < kTasks; ++n)
        if (mailbox.post([&next, &ran, p, n] {
              ASSERT_EQ(next[static_cast<std::size_t>(p)]++, n);
              ++ran;
            }))
          wakes.fetch_add(1);
    });
  bool more = false;
  while (ran < kPosters * kTasks) {  // drains only when it was woken: a lost wake-up hangs here
    if (!more) {
      int count = wakes.load();
      while (count == 0 || !wakes.compare_exchange_weak(count, count - 1)) {
        std::this_thread::yield();
        count = wakes.load();
      }
    }
    more = mailbox.drain(64);
  }
  for (auto& poster : posters) poster.join();
  EXPECT_EQ(mailbox.size(), 0u);
}

}  // namespace
}  // namespace lectern::net
