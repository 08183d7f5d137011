#include "client/url.h"

#include <gtest/gtest.h>

namespace lectern::client {
namespace {

TEST(ParseUrl, TakesTheFourSchemes) {
  EXPECT_FALSE(parse_url("http://a")->secure);
  EXPECT_FALSE(parse_url("WS://a")->secure);
  EXPECT_TRUE(parse_url("https://a")->secure);
  EXPECT_TRUE(parse_url("wss://a")->secure);
  EXPECT_EQ(parse_url("http://a")->port, 80);
  EXPECT_EQ(parse_url("wss://a/")->port, 443);
}

TEST(ParseUrl, TakesHostPortAndQuery) {
  const auto url = parse_url("http://localhost:3000/?token=a%20b&x");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->host, "localhost");
  EXPECT_EQ(url->port, 3000);
  EXPECT_EQ(url->query, "token=a%20b&x");
  EXPECT_EQ(url->authority(), "localhost:3000");
}

TEST(ParseUrl, TakesAddressesInBrackets) {
  const auto url = parse_url("http://[::1]:80?a");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->host, "::1");
  EXPECT_EQ(url->authority(), "[::1]");
}

TEST(ParseUrl, RefusesWhatIsNoServer) {
  for (const auto* text : {"",
                           "localhost:3000",
                           "ftp://a",
                           "http://",
                           "http:///",
                           "http://:80",
                           "http://a:",
                           "http://a:0",
                           "http://a:65536",
                           "http://a:1x",
                           "http://a:-1",
                           "http://u@a",
                           "http://a/b",
                           "http://a#f",
                           "http://a/?x#f",
                           "http://[::1",
                           "http://[::1]x",
                           "http://a b",
                           "http://a\r\nX: y",
                           "http://\xc3\xa4",
                           "http://a/?\n"})
    EXPECT_FALSE(parse_url(text)) << text;
}

TEST(AppendEncoded, LeavesTheUnreservedAlone) {
  std::string out = "x=";
  append_encoded(out, "aZ0-._~ &=+\xc3\xa4\r");
  EXPECT_EQ(out, "x=aZ0-._~%20%26%3D%2B%C3%A4%0D");
}

}  // namespace
}  // namespace lectern::client
