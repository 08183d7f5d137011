#include "app/durability.h"

#include <gtest/gtest.h>

namespace lectern::app {
namespace {

TEST(Durability, SaysWhatMayBeLost) {
  Config::Store store;
  EXPECT_EQ(durability_of(store).mode, "sync");
  EXPECT_EQ(durability_of(store).may_lose_ms, 0);
  EXPECT_EQ(durability_of(store).warning, "");

  store.sync_interval_ms = 20;
  EXPECT_EQ(durability_of(store).mode, "interval:20");
  EXPECT_EQ(durability_of(store).may_lose_ms, 20);
  EXPECT_NE(durability_of(store).warning.find("the last 20 ms"), std::string::npos);

  store.engine = Config::StoreEngine::memory;
  EXPECT_EQ(durability_of(store).mode, "none");
  EXPECT_FALSE(durability_of(store).may_lose_ms);
  EXPECT_NE(durability_of(store).warning.find("everything"), std::string::npos);
}

}  // namespace
}  // namespace lectern::app
