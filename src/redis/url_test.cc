#include "redis/url.h"

#include <gtest/gtest.h>

namespace lectern::redis {
namespace {

TEST(RedisUrl, HasDefaults) {
  const auto url = parse_url("redis://cache");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->host, "cache");
  EXPECT_EQ(url->port, 6379);
  EXPECT_FALSE(url->secure);
  EXPECT_EQ(url->user, "");
  EXPECT_EQ(url->password, "");
  EXPECT_EQ(url->database, 0U);
}

TEST(RedisUrl, ReadsEveryPart) {
  const auto url = parse_url("rediss://me:p%40s%3as@[::1]:7000/12");
  ASSERT_TRUE(url);
  EXPECT_TRUE(url->secure);
  EXPECT_EQ(url->user, "me");
  EXPECT_EQ(url->password, "p@s:s");
  EXPECT_EQ(url->host, "::1");
  EXPECT_EQ(url->port, 7000);
  EXPECT_EQ(url->database, 12U);
}

TEST(RedisUrl, APasswordNeedsNoUser) {
  const auto url = parse_url("redis://:secret@127.0.0.1/");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->user, "");
  EXPECT_EQ(url->password, "secret");
}

TEST(RedisUrl, RefusesEverythingElse) {
  for (const char* text :
       {"", "redis:", "redis://", "http://h", "h:6379", "redis://h:0", "redis://h:70000",
        "redis://h/x", "redis://h/-1", "redis://h/0?x=1", "redis://h/0#f", "redis://u@h",
        "redis://u:@h", "redis://u:%4@h", "redis://u:%zz@h", "redis://u:%@h", "redis://h h",
        "redis://[::1", "redis+unix:///tmp/s"})
    EXPECT_FALSE(parse_url(text)) << text;
}

}  // namespace
}  // namespace lectern::redis
