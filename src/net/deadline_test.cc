#include "net/deadline.h"

#include <optional>
#include <vector>

#include <gtest/gtest.h>

namespace lectern::net {
namespace {

using namespace std::chrono_literals;

struct Counted {
  Deadline deadline{this, [](void* self) { ++static_cast<Counted*>(self)->expired; }};
  int expired = 0;
};

TEST(DeadlineList, ExpiresInOrderAndOnce) {
  DeadlineList list(100ms);
  Counted first;
  Counted second;
  const SteadyClock::time_point start{};
  list.arm(first.deadline, start);
  list.arm(second.deadline, start + 50ms);
  EXPECT_EQ(list.next(), start + 100ms);
  list.expire(start + 99ms);
  EXPECT_EQ(first.expired, 0);
  list.expire(start + 100ms);
  EXPECT_EQ(first.expired, 1);
  EXPECT_EQ(second.expired, 0);
  list.expire(start + 1s);
  EXPECT_EQ(first.expired, 1);
  EXPECT_EQ(second.expired, 1);
  EXPECT_EQ(list.next(), std::nullopt);
}

TEST(DeadlineList, ArmingAgainStartsAnew) {
  DeadlineList list(100ms);
  Counted one;
  list.arm(one.deadline, {});
  list.arm(one.deadline, SteadyClock::time_point{} + 60ms);
  list.expire(SteadyClock::time_point{} + 159ms);
  EXPECT_EQ(one.expired, 0);
  list.expire(SteadyClock::time_point{} + 160ms);
  EXPECT_EQ(one.expired, 1);
}

TEST(DeadlineList, ForgetsWhatIsDestroyed) {
  DeadlineList list(100ms);
  {
    Counted gone;
    list.arm(gone.deadline, {});
  }
  EXPECT_EQ(list.next(), std::nullopt);
}

TEST(DeadlineList, MayLoseItsOwnerWhileItExpires) {
  struct Owner {
    std::optional<Deadline> deadline;
    Owner() {
      deadline.emplace(this, [](void* self) { static_cast<Owner*>(self)->deadline.reset(); });
    }
  };
  DeadlineList list(1ms);
  Owner a;
  Owner b;
  list.arm(*a.deadline, {});
  list.arm(*b.deadline, {});
  list.expire(SteadyClock::time_point{} + 1s);
  EXPECT_FALSE(a.deadline || b.deadline);
}

}  // namespace
}  // namespace lectern::net
