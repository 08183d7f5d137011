#include "classroom/presence.h"

#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

#include "classroom/room_script.h"

namespace lectern::classroom {
namespace {

constexpr ConnectionKey kTab1{0, 1};
constexpr ConnectionKey kTab2{1, 1};
constexpr ConnectionKey kPhone{1, 2};

std::string delta(Presence& presence) { return boost::json::serialize(presence.take_delta(kRoom)); }

// D90: two tabs and a repeated join of one user were counted as three.
TEST(Presence, CountsUsersAndNotConnections_D90) {
  Presence presence;
  EXPECT_TRUE(presence.join(kTab1, "ann", "Ann"));
  EXPECT_FALSE(presence.join(kTab1, "ann", "Ann"));
  EXPECT_FALSE(presence.join(kTab2, "ann", "Ann"));
  EXPECT_EQ(presence.participants(), 1U);
}

TEST(Presence, KeepsAUserWhileOneTabIsOpen_D90) {
  Presence presence;
  presence.join(kTab1, "ann", "Ann");
  presence.join(kTab2, "ann", "Ann");
  EXPECT_FALSE(presence.leave(kTab1));
  EXPECT_TRUE(presence.contains("ann"));
  EXPECT_TRUE(presence.leave(kTab2));
  EXPECT_FALSE(presence.contains("ann"));
}

TEST(Presence, IgnoresLeavingTwice_D90) {
  Presence presence;
  presence.join(kTab1, "ann", "Ann");
  presence.join(kPhone, "ben", "Ben");
  EXPECT_TRUE(presence.leave(kTab1));
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(presence.leave(kTab1));
  EXPECT_EQ(presence.participants(), 1U);
}

TEST(Presence, TellsJoinsAndLeavesTogether) {
  Presence presence;
  presence.join(kTab1, "ann", "Ann");
  presence.join(kPhone, "ben", "Ben");
  EXPECT_EQ(
      delta(presence),
      R"({"roomId":"3b241101-e2bb-4255-8caf-4136c566a962","participants":2,"joined":[{"userId":"ann","username":"Ann"},{"userId":"ben","username":"Ben"}],"left":[]})");
  EXPECT_FALSE(presence.changed());
  presence.leave(kTab1);
  EXPECT_TRUE(presence.changed());
  EXPECT_EQ(
      delta(presence),
      R"({"roomId":"3b241101-e2bb-4255-8caf-4136c566a962","participants":1,"joined":[],"left":[{"userId":"ann","username":"Ann"}]})");
}

TEST(Presence, TellsNothingOfWhoCameAndWentInBetween) {
  Presence presence;
  presence.join(kTab1, "ann", "Ann");
  delta(presence);
  presence.leave(kTab1);
  presence.join(kTab2, "ann", "Ann");
  presence.join(kPhone, "ben", "Ben");
  presence.leave(kPhone);
  EXPECT_FALSE(presence.changed());
}

TEST(Presence, RemovesAllConnectionsOfAUserAtOnce) {
  Presence presence;
  presence.join(kTab1, "ann", "Ann");
  presence.join(kTab2, "ann", "Ann");
  presence.join(kPhone, "ben", "Ben");
  EXPECT_EQ(presence.leave_all("ann"), (std::vector{kTab1, kTab2}));
  EXPECT_EQ(presence.participants(), 1U);
  EXPECT_FALSE(presence.leave(kTab1));
  EXPECT_TRUE(presence.leave_all("nobody").empty());
}

TEST(Presence, GivesAConnectionToItsNewUser) {
  Presence presence;
  presence.join(kTab1, "guest", "Guest");
  EXPECT_TRUE(presence.join(kTab1, "ann", "Ann"));
  EXPECT_FALSE(presence.contains("guest"));
  EXPECT_EQ(presence.participants(), 1U);
}

TEST(Presence, PagesInTheOrderOfArrivalWithoutRepeatingWhoStays) {
  Presence presence;
  for (std::uint64_t i = 0; i < 5; ++i) {
    presence.join({0, i}, "u" + std::to_string(i), "U" + std::to_string(i));
  }
  EXPECT_EQ(
      boost::json::serialize(presence.page("", 2)),
      R"({"participants":[{"userId":"u0","username":"U0"},{"userId":"u1","username":"U1"}],"cursor":"2"})");
  presence.leave({0, 1});
  presence.leave({0, 2});
  EXPECT_EQ(
      boost::json::serialize(presence.page("2", 2)),
      R"({"participants":[{"userId":"u3","username":"U3"},{"userId":"u4","username":"U4"}],"cursor":null})");
  EXPECT_EQ(presence.page("nonsense", 9).at("participants").as_array().size(), 3U);
  EXPECT_EQ(presence.page("99", 9).at("participants").as_array().size(), 0U);
}

}  // namespace
}  // namespace lectern::classroom
