#include "app/http_target.h"

#include <gtest/gtest.h>

namespace lectern::app {
namespace {

using Segments = std::vector<std::string>;

TEST(HttpTarget, DecodesPercentEncoding) {
  EXPECT_EQ(percent_decode("a%20b%C3%A4"), "a b\xc3\xa4");
  EXPECT_EQ(percent_decode("1+1"), "1+1");
}

TEST(HttpTarget, RefusesBrokenEncodingAndNul) {
  EXPECT_FALSE(percent_decode("%"));
  EXPECT_FALSE(percent_decode("%4"));
  EXPECT_FALSE(percent_decode("%zz"));
  EXPECT_FALSE(percent_decode("a%00b"));
}

TEST(HttpTarget, SplitsBeforeItDecodes) {
  EXPECT_EQ(path_segments("/"), Segments{});
  EXPECT_EQ(path_segments("/api/a%2Fb"), (Segments{"api", "a/b"}));
  EXPECT_EQ(path_segments("/api/"), (Segments{"api", ""}));
  EXPECT_EQ(path_segments("//"), (Segments{"", ""}));
}

TEST(HttpTarget, KnowsWhatIsBelowABase) {
  EXPECT_EQ(path_below("/", "/api/rooms"), "/api/rooms");
  EXPECT_EQ(path_below("/a/b", "/a/b/api/rooms"), "/api/rooms");
  EXPECT_EQ(path_below("/a", "/a/"), "/");
  for (const char* path : {"/", "/a", "/ab/api", "/b/a/", "*", "", "//a/", "/%61/"}) {
    EXPECT_FALSE(path_below("/a", path)) << path;
  }
}

TEST(HttpTarget, RefusesAPathWithoutSlash) {
  EXPECT_FALSE(path_segments(""));
  EXPECT_FALSE(path_segments("*"));
  EXPECT_FALSE(path_segments("http://host/"));
}

TEST(HttpTarget, FindsTheFirstParameterOfAName) {
  EXPECT_EQ(query_parameter("before=7&limit=3&before=9", "before"), "7");
  EXPECT_EQ(query_parameter("name=a+b%21", "name"), "a b!");
  EXPECT_EQ(query_parameter("flag", "flag"), "");
  EXPECT_FALSE(query_parameter("xbefore=7", "before"));
  EXPECT_FALSE(query_parameter("", "before"));
}

}  // namespace
}  // namespace lectern::app
