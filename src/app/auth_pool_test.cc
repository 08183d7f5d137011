#include "app/auth_pool.h"

#include <gtest/gtest.h>

#include <future>

namespace lectern::app {
namespace {

TEST(AuthPool, RefusesWhatItCannotHold) {
  std::promise<void> started;
  std::promise<void> go_on;
  AuthPool pool(/*threads=*/1, /*queue=*/1);
  ASSERT_TRUE(pool.submit([&] {
    started.set_value();
    go_on.get_future().wait();
  }));
  started.get_future().wait();
  std::promise<void> second;
  ASSERT_TRUE(pool.submit([&] { second.set_value(); }));
  EXPECT_FALSE(pool.submit([] {}));
  EXPECT_EQ(pool.waiting(), 1U);
  go_on.set_value();
  second.get_future().wait();
}

TEST(AuthPool, TakesNothingAfterItsEnd) {
  AuthPool pool(1, 8);
  pool.stop();
  EXPECT_FALSE(pool.submit([] {}));
}

}  // namespace
}  // namespace lectern::app
