#include "app/home_gate.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

namespace lectern::app {
namespace {

constexpr TimeMs kNow = 1'700'000'000'000;
constexpr const char* kMessage =
    R"({"roomId":"3b241101-e2bb-4255-8caf-4136c566a962","content":"<b>hi"})";

Request request(std::string_view event, const char* json, std::vector<std::string> permissions) {
  Request made;
  made.event = event;
  made.payload = boost::json::parse(json).as_object();
  auto caller = std::make_shared<Caller>();
  caller->claims.user_id = "u1";
  caller->permissions = std::move(permissions);
  made.caller = std::move(caller);
  return made;
}

std::string type_of(const std::optional<Failure>& failure) { return failure ? failure->type : ""; }

TEST(HomeGate, AdmitsAndCleans) {
  HomeGate gate(gate::default_rules());
  auto message = request("chat:message", kMessage, {"chat:write"});
  EXPECT_FALSE(gate.admit(message, kNow));
  EXPECT_EQ(std::get<gate::ChatMessage>(*message.parsed).content, "<b>hi</b>");
}

// The limit answers before the permission, and the permission before the payload.
TEST(HomeGate, ChecksLimitThenPermissionThenPayload) {
  HomeGate gate({{"tight", gate::Scope::user, 1000, 1, {"chat:message"}}});
  auto forbidden = request("chat:message", "{}", {"chat:read"});
  EXPECT_EQ(type_of(gate.admit(forbidden, kNow)), "FORBIDDEN");
  auto limited = request("chat:message", "{}", {"chat:read"});
  EXPECT_EQ(type_of(gate.admit(limited, kNow)), "RATE_LIMIT_EXCEEDED");
  auto invalid = request("chat:message", "{}", {"chat:write"});
  EXPECT_EQ(type_of(gate.admit(invalid, kNow + 2000)), "VALIDATION_ERROR");
}

// D53
TEST(HomeGate, AsksForThePermissionOfTheAction) {
  HomeGate gate(gate::default_rules());
  const char* leave = R"({"action":"leave","target":"3b241101-e2bb-4255-8caf-4136c566a962"})";
  auto allowed = request("user:action", leave, {"room:leave"});
  EXPECT_FALSE(gate.admit(allowed, kNow));
  auto denied = request("user:action", leave, {"room:join"});
  EXPECT_EQ(type_of(gate.admit(denied, kNow)), "FORBIDDEN");
}

// Z7–Z9
TEST(HomeGate, DeniesInTheWordsThatClientsMatch) {
  HomeGate gate(gate::default_rules());
  auto chat = request("chat:message", kMessage, {});
  EXPECT_EQ(gate.admit(chat, kNow)->message, "Insufficient permissions");
  auto moderate = request("chat:moderate", R"({"action":"mute"})", {});
  EXPECT_EQ(gate.admit(moderate, kNow)->message, "Insufficient permissions for moderation");
  auto start = request("quiz:start", "{}", {});
  EXPECT_EQ(gate.admit(start, kNow)->message, "Only instructors can start quizzes");
}

TEST(HomeGate, KnowsEventsOfTheOperatorsOwn) {
  HomeGate gate({{"tight", gate::Scope::user, 1000, 2, {"hand:raise"}}});
  const auto own = std::make_shared<gate::OwnEvents>();
  ASSERT_EQ(own->add("hand:raise", R"({"properties":{"high":{"type":"boolean"}}})"), "");
  const auto ask = [&](std::string_view event, const char* json, const char* permission) {
    auto asked = request(event, json, {permission});
    return type_of(gate.admit(asked, kNow));
  };
  const auto* const raised = R"({"roomId":"3b241101-e2bb-4255-8caf-4136c566a962"})";
  EXPECT_EQ(ask("hand:raise", raised, "hand:raise"), "UNKNOWN_MESSAGE_TYPE");
  gate.replace_own_events(own);
  EXPECT_EQ(ask("hand:raise", raised, "chat:write"), "FORBIDDEN");
  EXPECT_EQ(ask("hand:raise", R"({"high":1})", "hand:raise"), "VALIDATION_ERROR");
  EXPECT_EQ(ask("hand:raise", raised, "hand:raise"), "RATE_LIMIT_EXCEEDED");
  EXPECT_EQ(ask("hand:wave", raised, "hand:wave"), "UNKNOWN_MESSAGE_TYPE");
  gate.replace_rules({});
  EXPECT_EQ(ask("hand:raise", raised, "hand:raise"), "");
}

TEST(HomeGate, EveryEventOfTheClassroomHasARequirement) {
  for (const char* name :
       {"chat:message", "user:action", "quiz:answer", "chat:history", "chat:moderate",
        "quiz:create", "quiz:start", "quiz:next", "quiz:close_question", "quiz:pause",
        "quiz:resume", "quiz:end", "quiz:state", "room:create", "room:configure", "room:close",
        "room:participants"}) {
    HomeGate gate(gate::default_rules());
    ASSERT_TRUE(find_event(name)) << name;
    auto asked = request(find_event(name)->name, "{}", {"*:*"});
    EXPECT_EQ(type_of(gate.admit(asked, kNow)), "VALIDATION_ERROR") << name;
  }
}

}  // namespace
}  // namespace lectern::app
