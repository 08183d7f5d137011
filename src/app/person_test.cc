#include "app/person.h"

#include <utility>

#include <gtest/gtest.h>

namespace lectern::app {
namespace {

events::DomainEvent event(std::string type, std::string payload) {
  return {Uuid::random(), std::move(type), Uuid::random(), std::move(payload), 1, 1, 1};
}

TEST(Person, WhatTheUserWroteGoesAndTheRestStays) {
  const auto posted =
      event("chat:message_posted",
            R"({"messageId":"m","seq":3,"userId":"u1","username":"Ada","content":"hi"})");
  EXPECT_EQ(without_person(posted, "u1"),
            R"({"messageId":"m","seq":3,"userId":"u1","username":"","content":""})");
  EXPECT_EQ(without_person(posted, "u2"), std::nullopt);
  EXPECT_EQ(without_person(event(posted.type, *without_person(posted, "u1")), "u1"), std::nullopt);
}

TEST(Person, ANameInsideAnotherObjectGoesAndThatObjectsOwnStays) {
  EXPECT_EQ(
      without_person(
          event("room:created", R"({"name":"Algebra","creator":{"userId":"u1","username":"Ada"}})"),
          "u1"),
      R"({"name":"Algebra","creator":{"userId":"u1","username":""}})");
}

TEST(Person, ReasonsAgainstTheUserGo) {
  const auto mute = event("chat:moderated",
                          R"({"action":"mute","by":"u2","targetUserId":"u1","reason":"shouted"})");
  EXPECT_EQ(without_person(mute, "u1"),
            R"({"action":"mute","by":"u2","targetUserId":"u1","reason":""})");
  EXPECT_EQ(without_person(mute, "u2"), std::nullopt);
  EXPECT_TRUE(concerns(mute, "u2"));
}

TEST(Person, OfAnEventOfTheOperatorsOwnOnlyTheServersPartStays) {
  const auto raised =
      event("hand:raise", R"({"roomId":"r","reason":"my name is Ada","userId":"u1",)"
                          R"("username":"Ada","timestamp":5})");
  EXPECT_EQ(without_person(raised, "u1"), R"({"roomId":"r","userId":"u1","timestamp":5})");
  EXPECT_EQ(without_person(raised, "u2"), std::nullopt);
  EXPECT_EQ(without_person(event(raised.type, *without_person(raised, "u1")), "u1"), std::nullopt);
}

TEST(Person, AnIdIsComparedAsAWhole) {
  const auto other = event("chat:message_posted", R"({"userId":"u11","content":"u1 said"})");
  EXPECT_FALSE(concerns(other, "u1"));
  EXPECT_TRUE(concerns(event("x", R"({"coHosts":["a","quo\"te"]})"), "quo\"te"));
}

}  // namespace
}  // namespace lectern::app
