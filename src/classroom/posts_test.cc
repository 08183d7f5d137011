#include "classroom/posts.h"

#include <gtest/gtest.h>

#include "classroom/room_script.h"

namespace lectern::classroom {
namespace {

TEST(ClientKey, DiffersForEveryPairOfUserAndClientId) {
  EXPECT_EQ(client_key("ann", "1"), "3:ann1");
  EXPECT_NE(client_key("ann", "1x"), client_key("ann1", "x"));
}

TEST(Posts, FindsByMessageAndByClientKey) {
  Posts posts;
  posts.add({numbered(1), 1, kNoon, ""});
  posts.add({numbered(2), 2, kNoon + 1, client_key("ann", "a")});
  EXPECT_EQ(posts.find(numbered(1))->seq, 1U);
  EXPECT_EQ(posts.find(client_key("ann", "a"))->seq, 2U);
  EXPECT_EQ(posts.find(numbered(3)), nullptr);
  EXPECT_EQ(posts.find(client_key("ben", "a")), nullptr);
}

TEST(Posts, ForgetsTheOldestBeyondItsBound) {
  Posts posts;
  for (std::uint32_t i = 1; i <= Posts::kRemembered + 1; ++i) {
    posts.add({numbered(i), i, kNoon, client_key("ann", std::to_string(i))});
  }
  EXPECT_EQ(posts.size(), Posts::kRemembered);
  EXPECT_EQ(posts.find(numbered(1)), nullptr);
  EXPECT_EQ(posts.find(client_key("ann", "1")), nullptr);
  EXPECT_EQ(posts.find(numbered(2))->seq, 2U);
  EXPECT_EQ(posts.find(client_key("ann", "4097"))->seq, 4097U);
}

TEST(Posts, KeepsTheLaterPostOfAKeyWhenTheEarlierOneIsForgotten) {
  Posts posts;
  posts.add({numbered(1), 1, kNoon, client_key("ann", "a")});
  posts.add({numbered(2), 2, kNoon, client_key("ann", "a")});
  for (std::uint32_t i = 3; i <= Posts::kRemembered + 1; ++i)
    posts.add({numbered(i), i, kNoon, ""});
  EXPECT_EQ(posts.find(numbered(1)), nullptr);
  EXPECT_EQ(posts.find(client_key("ann", "a"))->seq, 2U);
}

}  // namespace
}  // namespace lectern::classroom
