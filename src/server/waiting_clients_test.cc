#include "server/waiting_clients.h"

#include <gtest/gtest.h>

namespace lectern::server {
namespace {

TEST(WaitingClientsTest, BoundsOneAddress) {
  WaitingClients waiting(/*max=*/10, /*max_per_address=*/2);
  EXPECT_TRUE(waiting.enter("a"));
  EXPECT_TRUE(waiting.enter("a"));
  EXPECT_FALSE(waiting.enter("a"));
  EXPECT_TRUE(waiting.enter("b")) << "another address is not affected";
  waiting.leave("a");
  EXPECT_TRUE(waiting.enter("a"));
}

TEST(WaitingClientsTest, BoundsAllTogether) {
  WaitingClients waiting(/*max=*/2, /*max_per_address=*/2);
  EXPECT_TRUE(waiting.enter("a"));
  EXPECT_TRUE(waiting.enter("b"));
  EXPECT_FALSE(waiting.enter("c"));
  waiting.leave("b");
  EXPECT_TRUE(waiting.enter("c"));
}

TEST(WaitingClientsTest, NobodysAreBoundedAllTogetherOnly) {
  WaitingClients waiting(/*max=*/3, /*max_per_address=*/1);
  EXPECT_TRUE(waiting.enter(""));
  EXPECT_TRUE(waiting.enter(""));
  EXPECT_TRUE(waiting.enter("a"));
  EXPECT_FALSE(waiting.enter(""));
  waiting.leave("");
  EXPECT_TRUE(waiting.enter(""));
}

}  // namespace
}  // namespace lectern::server
