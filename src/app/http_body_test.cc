#include "app/http_body.h"

#include <gtest/gtest.h>

namespace lectern::app {
namespace {

int status_of_body(std::string body, const char* type = "application/json") {
  HttpRequest request;
  request.headers = {{"Content-Type", type}};
  request.body = std::move(body);
  const auto read = body_object(request);
  const auto* failure = std::get_if<HttpFailure>(&read);
  return failure ? failure->status : 200;
}

TEST(HttpBody, TakesJsonObjectsOnly) {
  EXPECT_EQ(status_of_body("{\"a\":1}"), 200);
  EXPECT_EQ(status_of_body(""), 200);
  EXPECT_EQ(status_of_body("[]"), 400);
  EXPECT_EQ(status_of_body("{"), 400);
  EXPECT_EQ(status_of_body("{}x"), 400);
  EXPECT_EQ(status_of_body("{\"a\":\"\xff\"}"), 400);
  EXPECT_EQ(status_of_body("{\"a\":1e999}"), 400);
  EXPECT_EQ(status_of_body(std::string(100, '[') + std::string(100, ']')), 400);
}

TEST(HttpBody, RefusesOtherMediaTypes) {
  EXPECT_EQ(status_of_body("a=1", "application/x-www-form-urlencoded"), 415);
  EXPECT_EQ(status_of_body("{}", "Application/JSON; charset=utf-8"), 200);
}

TEST(Errors, HaveTheStatusOfTheirType) {
  EXPECT_EQ(status_of("VALIDATION_ERROR"), 400);
  EXPECT_EQ(status_of("TOKEN_REVOKED"), 401);
  EXPECT_EQ(status_of("MUTED"), 403);
  EXPECT_EQ(status_of("DUPLICATE_ANSWER"), 409);
  EXPECT_EQ(status_of("ROOM_RATE_LIMIT_EXCEEDED"), 429);
  EXPECT_EQ(status_of("STORE_UNAVAILABLE"), 503);
  EXPECT_EQ(status_of("INTERNAL"), 500);
}

TEST(Errors, SayWhenToTryAgain) {
  const auto response = error_response(
      Failure{"RATE_LIMIT_EXCEEDED", "Rate limit exceeded", {{"retryAfterMs", 1001}}});
  EXPECT_EQ(response.status, 429);
  EXPECT_EQ(response.body,
            R"({"error":{"type":"RATE_LIMIT_EXCEEDED","message":"Rate limit exceeded",)"
            R"("retryAfterMs":1001}})");
  bool found = false;
  for (const auto& [name, value] : response.headers) found |= name == "Retry-After" && value == "2";
  EXPECT_TRUE(found);
}

TEST(Acknowledgement, TellsSuccessAndFailureApart) {
  EXPECT_EQ(acknowledgement(boost::json::object{{"seq", 1}}),
            (boost::json::object{{"seq", 1}, {"ok", true}}));
  const auto refused = acknowledgement(Failure{"MUTED", "You are muted"});
  EXPECT_EQ(refused.at("ok"), false);
  EXPECT_EQ(refused.at("error").at("type"), "MUTED");
}

}  // namespace
}  // namespace lectern::app
