#include "dial/backoff.h"

#include <gtest/gtest.h>

namespace lectern::dial {
namespace {

using std::chrono::milliseconds;

constexpr double kMiddle = 0.5;  // moves nothing

TEST(Backoff, DoublesUpToTheMost) {
  Backoff backoff(milliseconds(1000), milliseconds(5000), 0.5);
  EXPECT_EQ(backoff.next(kMiddle), milliseconds(1000));
  EXPECT_EQ(backoff.next(kMiddle), milliseconds(2000));
  EXPECT_EQ(backoff.next(kMiddle), milliseconds(4000));
  EXPECT_EQ(backoff.next(kMiddle), milliseconds(5000));
  EXPECT_EQ(backoff.attempts(), 4U);
}

TEST(Backoff, MovesBothWaysAndNeverBeyondTheMost) {
  Backoff backoff(milliseconds(1000), milliseconds(2200), 0.5);
  EXPECT_EQ(backoff.next(0), milliseconds(500));
  EXPECT_EQ(backoff.next(0.75), milliseconds(2200)) << "2500 is too much";
  EXPECT_EQ(backoff.next(0), milliseconds(1100));
}

TEST(Backoff, StartsAgainAfterAReset) {
  Backoff backoff(milliseconds(10), milliseconds(100), 0);
  backoff.next(kMiddle);
  backoff.next(kMiddle);
  backoff.reset();
  EXPECT_EQ(backoff.attempts(), 0U);
  EXPECT_EQ(backoff.next(kMiddle), milliseconds(10));
}

TEST(Backoff, NeverOverflows) {
  Backoff backoff(milliseconds(1000), milliseconds(5000), 0);
  for (int i = 0; i < 5000; ++i) backoff.next(kMiddle);
  EXPECT_EQ(backoff.next(kMiddle), milliseconds(5000));
}

}  // namespace
}  // namespace lectern::dial
