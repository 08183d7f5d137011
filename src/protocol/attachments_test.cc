#include "protocol/attachments.h"

#include <limits>
#include <string>

#include <gtest/gtest.h>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace lectern::protocol {
namespace {

namespace json = boost::json;

bool holds(std::string_view text, std::size_t attachments) {
  const auto checked = check_placeholders(json::parse(text), attachments);
  if (!checked) {
    EXPECT_EQ(checked.error(), Errc::malformed_packet) << text;
  }
  return checked.has_value();
}

TEST(Placeholder, IsTheObjectOfTheSpecification) {
  EXPECT_EQ(json::serialize(placeholder(3)), R"({"_placeholder":true,"num":3})");
  EXPECT_EQ(placeholder_num(placeholder(3)), 3u);
}

TEST(CheckPlaceholders, FindsThemAtEveryDepth) {
  constexpr auto kNested =
      R"(["x",{"a":[{"_placeholder":true,"num":1}]},{"_placeholder":true,"num":0}])";
  EXPECT_TRUE(holds(kNested, 2));
  EXPECT_FALSE(holds(kNested, 1));
  EXPECT_FALSE(holds(R"({"a":{"b":[[{"_placeholder":true,"num":9}]]}})", 2));
  std::string deep = R"({"_placeholder":true,"num":5})";
  for (int i = 0; i < 30; ++i) deep = "[" + deep + "]";
  EXPECT_TRUE(holds(deep, 6));
  EXPECT_FALSE(holds(deep, 5));
}

// CVE-2022-2421.
TEST(CheckPlaceholders, RefusesEveryOtherNumber) {
  for (const char* num :
       {"\"splice\"", "\"0\"", "-1", "1", "0.5", "0.0", "1e9", "1e300", "null", "true", "[0]", "{}",
        "9223372036854775807", "18446744073709551615", "{\"_placeholder\":true,\"num\":0}"})
    EXPECT_FALSE(holds(R"(["x",{"_placeholder":true,"num":)" + std::string(num) + "}]", 1)) << num;
  EXPECT_FALSE(holds(R"(["x",{"_placeholder":true}])", 1));
  EXPECT_FALSE(holds(R"(["x",{"_placeholder":true,"num":0}])", 0));
}

TEST(CheckPlaceholders, RefusesASecondUseAndTakesUnusedAttachments) {
  EXPECT_FALSE(holds(R"([{"_placeholder":true,"num":1},{"_placeholder":true,"num":1}])", 2));
  EXPECT_FALSE(
      holds(R"([{"_placeholder":true,"num":0},1,[{"_placeholder":true,"num":0}]])", 1'000'000));
  EXPECT_TRUE(holds(R"([{"_placeholder":true,"num":1}])", 2));
  EXPECT_TRUE(holds("[]", 3));
}

TEST(CheckPlaceholders, RefusesAPlaceholderWithMoreInIt) {
  EXPECT_FALSE(holds(R"([{"_placeholder":true,"num":0,"more":1}])", 1));
  EXPECT_FALSE(holds(R"([{"_placeholder":true,"more":{"_placeholder":true,"num":0}}])", 1));
}

TEST(CheckPlaceholders, LeavesWhatMakesNoClaim) {
  for (const char* text :
       {R"([{"_placeholder":false,"num":-1}])", R"([{"_placeholder":1,"num":"splice"}])",
        R"([{"_placeholder":"true"}])", R"([{"num":77}])", R"(["_placeholder"])", "null", "7"})
    EXPECT_TRUE(holds(text, 1)) << text;
}

// The count comes from the peer: no memory may be taken by it.
TEST(CheckPlaceholders, CostsNothingForAnAnnouncedNumber) {
  EXPECT_TRUE(holds(R"([{"_placeholder":true,"num":0}])", std::numeric_limits<std::size_t>::max()));
}

}  // namespace
}  // namespace lectern::protocol
