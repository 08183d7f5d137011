#include "identity/permissions.h"

#include <set>
#include <string>

#include <gtest/gtest.h>

#include "identity/roles.h"

namespace lectern::identity {
namespace {

bool may(std::string_view role, std::string_view event, std::string_view action = {}) {
  const auto requirement = requirement_of_event(event, action);
  return requirement && satisfies(*requirement, Roles().effective(role, {}));
}

// D53: every event of the protocol has a row. Source: docs/protocol.md.
TEST(EventTable, KnowsEveryEventOfTheProtocol) {
  for (const char* event :
       {"user:action",  "room:create",         "room:configure", "room:close",  "room:participants",
        "chat:message", "chat:history",        "chat:moderate",  "quiz:create", "quiz:start",
        "quiz:next",    "quiz:close_question", "quiz:pause",     "quiz:resume", "quiz:end",
        "quiz:answer",  "quiz:state",          "auth:refresh",   "ping",        "pong"}) {
    EXPECT_TRUE(requirement_of_event(event)) << event;
  }
}

TEST(EventTable, RefusesWhatItDoesNotKnow) {
  for (const char* event :
       {"", "chat:massage", "__proto__", "error", "CHAT:MESSAGE", "room:emit"}) {
    EXPECT_FALSE(requirement_of_event(event)) << event;
  }
}

TEST(EventTable, LetsEachRoleDoItsPart) {
  EXPECT_TRUE(may("student", "chat:message"));
  EXPECT_TRUE(may("student", "quiz:answer"));
  EXPECT_TRUE(may("student", "user:action", "join"));
  EXPECT_FALSE(may("student", "quiz:start"));
  EXPECT_FALSE(may("student", "room:create"));
  EXPECT_FALSE(may("student", "chat:moderate", "delete"));
  EXPECT_TRUE(may("instructor", "quiz:start"));
  EXPECT_TRUE(may("instructor", "user:action", "join"));
  EXPECT_FALSE(may("instructor", "quiz:answer"));
  EXPECT_TRUE(may("admin", "quiz:answer"));
  EXPECT_FALSE(may("nobody", "chat:message"));
  EXPECT_TRUE(may("nobody", "ping"));
}

TEST(EventTable, AsksForASecondPermissionWhereSomebodyIsMutedOrKicked) {
  const std::vector<std::string> held{"chat:moderate", "user:mute"};
  EXPECT_TRUE(satisfies(*requirement_of_event("chat:moderate", "delete"), held));
  EXPECT_TRUE(satisfies(*requirement_of_event("chat:moderate", "mute"), held));
  EXPECT_FALSE(satisfies(*requirement_of_event("chat:moderate", "kick"), held));
  EXPECT_FALSE(satisfies(*requirement_of_event("chat:moderate", "ban"), held));
  EXPECT_FALSE(satisfies(*requirement_of_event("chat:moderate", "mute"),
                         std::vector<std::string>{"user:mute"}));
}

TEST(EventTable, AnUnknownActionIsLeftToTheSchema) {
  EXPECT_EQ(requirement_of_event("user:action", "dance")->access, Access::authenticated);
  EXPECT_EQ(requirement_of_event("chat:moderate", "praise")->permission, "chat:moderate");
  EXPECT_EQ(requirement_of_event("chat:message", "join")->permission, "chat:write");
}

// Z7–Z9.
TEST(Denial, SaysWhatExistingClientsMatch) {
  EXPECT_EQ(denial_message(*requirement_of_event("chat:message")), "Insufficient permissions");
  EXPECT_EQ(denial_message(*requirement_of_event("chat:moderate", "kick")),
            "Insufficient permissions for moderation");
  EXPECT_EQ(denial_message(*requirement_of_event("quiz:start")),
            "Only instructors can start quizzes");
  EXPECT_EQ(denial_message(*requirement_of_event("quiz:next")), "Insufficient permissions");
}

TEST(RouteTable, FindsRequestsAndPatterns) {
  EXPECT_EQ(requirement_of_route("POST", "/auth/login")->access, Access::open);
  EXPECT_EQ(requirement_of_route("POST", "/auth/revoke")->permission, "user:revoke");
  EXPECT_EQ(requirement_of_route("GET", "/api/rooms/1234/messages")->permission, "chat:read");
  EXPECT_EQ(requirement_of_route("GET", "/api/rooms/{roomId}/messages")->permission, "chat:read");
  EXPECT_EQ(requirement_of_route("HEAD", "/metrics")->access, Access::internal);
  EXPECT_EQ(requirement_of_route("GET", "/")->access, Access::open);
}

TEST(RouteTable, RefusesWhatItDoesNotKnow) {
  EXPECT_FALSE(requirement_of_route("DELETE", "/api/rooms"));
  EXPECT_FALSE(requirement_of_route("GET", "/api/rooms/"));
  EXPECT_FALSE(requirement_of_route("GET", "/api/rooms/1/"));
  EXPECT_FALSE(requirement_of_route("GET", "/api/rooms/1/messages/2"));
  EXPECT_FALSE(requirement_of_route("GET", "/auth/login"));
  EXPECT_FALSE(requirement_of_route("GET", ""));
  EXPECT_FALSE(requirement_of_route("get", "/healthz"));
}

TEST(Tables, HaveNoRowTwiceAndOnlyRealPermissions) {
  std::set<std::string> seen;
  for (const auto& row : event_rows()) {
    EXPECT_TRUE(seen.insert(std::string(row.event) + " " + std::string(row.action)).second);
    if (row.requirement.access == Access::permission) {
      EXPECT_TRUE(is_permission(row.requirement.permission)) << row.event;
    }
  }
  for (const auto& row : route_rows()) {
    EXPECT_TRUE(seen.insert(std::string(row.method) + " " + std::string(row.path)).second);
    if (row.requirement.access == Access::permission) {
      EXPECT_TRUE(is_permission(row.requirement.permission)) << row.path;
    }
  }
}

}  // namespace
}  // namespace lectern::identity
