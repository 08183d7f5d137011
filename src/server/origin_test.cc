#include "server/origin.h"

#include <gtest/gtest.h>

namespace lectern::server {
namespace {

std::string header_of(const HttpResponse& response, std::string_view name) {
  for (const auto& [key, value] : response.headers)
    if (key == name) return value;
  return "";
}

HttpResponse answer_to(const OriginRules& rules, std::string_view origin) {
  HttpResponse response;
  rules.add_headers(response, origin);
  return response;
}

TEST(OriginRulesTest, WithoutAListTheSameOriginAlone) {
  const OriginRules rules({});
  EXPECT_TRUE(rules.accept_websocket("", "class.example"));
  EXPECT_TRUE(rules.accept_websocket("https://class.example", "class.example"));
  EXPECT_TRUE(rules.accept_websocket("https://class.example:443", "class.example"));
  EXPECT_TRUE(rules.accept_websocket("http://Class.example:8080", "class.example:8080"));
  EXPECT_FALSE(rules.accept_websocket("http://class.example:8081", "class.example:8080"));
  EXPECT_FALSE(rules.accept_websocket("https://evil.example", "class.example"));
  EXPECT_FALSE(rules.accept_websocket("https://class.example.evil", "class.example"));
  EXPECT_FALSE(rules.accept_websocket("null", "class.example"));
  EXPECT_FALSE(rules.accept_websocket("https://", ""));
  EXPECT_TRUE(answer_to(rules, "https://class.example").headers.empty());
}

TEST(OriginRulesTest, AListNamesWhoMayAndTheAnswerVaries) {
  const OriginRules rules({"https://a.example", "https://b.example"});
  EXPECT_TRUE(rules.accept_websocket("https://b.example", "class.example"));
  EXPECT_TRUE(rules.accept_websocket("", "class.example"));
  EXPECT_FALSE(rules.accept_websocket("https://class.example", "class.example"));
  EXPECT_EQ(header_of(answer_to(rules, "https://a.example"), "Access-Control-Allow-Origin"),
            "https://a.example");
  EXPECT_EQ(header_of(answer_to(rules, "https://a.example"), "Vary"), "Origin");
  EXPECT_EQ(header_of(answer_to(rules, "https://c.example"), "Access-Control-Allow-Origin"), "");
  EXPECT_EQ(header_of(answer_to(rules, "https://c.example"), "Vary"), "Origin");
}

TEST(OriginRulesTest, AStarIsEverybody) {
  const OriginRules rules({"*"});
  EXPECT_TRUE(rules.accept_websocket("https://any.example", "class.example"));
  EXPECT_EQ(header_of(answer_to(rules, "https://any.example"), "Access-Control-Allow-Origin"), "*");
  EXPECT_TRUE(answer_to(rules, "").headers.empty());
}

}  // namespace
}  // namespace lectern::server
