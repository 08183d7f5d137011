#include "hub/rooms.h"

#include <map>
#include <random>
#include <set>

#include <gtest/gtest.h>

namespace lectern::hub {
namespace {

TEST(Rooms, JoiningTwiceCountsOnce) {
  Rooms rooms;
  EXPECT_TRUE(rooms.join(7, "lobby"));
  EXPECT_FALSE(rooms.join(7, "lobby"));
  EXPECT_EQ(rooms.members("lobby").size(), 1u);
}

TEST(Rooms, ARoomEndsWithItsLastMember) {
  Rooms rooms;
  rooms.join(1, "a");
  EXPECT_EQ(rooms.rooms(), 1u);
  EXPECT_TRUE(rooms.leave(1, "a"));
  EXPECT_FALSE(rooms.leave(1, "a"));
  EXPECT_EQ(rooms.rooms(), 0u);
  EXPECT_TRUE(rooms.members("a").empty());
}

TEST(Rooms, AMemberOfSeveralRoomsIsVisitedOnce) {
  Rooms rooms;
  for (const Rooms::Member member : {1U, 2U}) rooms.join(member, "a");
  for (const Rooms::Member member : {2U, 3U}) rooms.join(member, "b");
  std::multiset<Rooms::Member> visited;
  const std::vector<std::string> wanted = {"a", "b", "nobody", "a"};
  rooms.for_each_in(wanted, [&](Rooms::Member member) { visited.insert(member); });
  EXPECT_EQ(visited, (std::multiset<Rooms::Member>{1, 2, 3}));
  EXPECT_TRUE(rooms.in_any(2, wanted));
  EXPECT_FALSE(rooms.in_any(4, wanted));
}

TEST(Rooms, TellTheRoomsOfAMember) {
  Rooms rooms;
  rooms.join(1, "a");
  rooms.join(1, "b");
  const auto names = rooms.rooms_of(1);
  EXPECT_EQ(std::set<std::string>(names.begin(), names.end()), (std::set<std::string>{"a", "b"}));
  EXPECT_TRUE(rooms.rooms_of(2).empty());
}

TEST(Rooms, AgreeWithASetForAnySequence) {
  Rooms rooms;
  std::map<std::string, std::set<Rooms::Member>> model;
  std::mt19937 random(1);
  for (int step = 0; step < 20000; ++step) {
    const auto member = static_cast<Rooms::Member>(random() % 40);
    const std::string room = "room " + std::to_string(random() % 12);
    switch (random() % 8) {
      case 0:
        rooms.leave_all(member);
        for (auto& [name, members] : model) members.erase(member);
        break;
      case 1:
      case 2:
      case 3: EXPECT_EQ(rooms.leave(member, room), model[room].erase(member) == 1); break;
      default: EXPECT_EQ(rooms.join(member, room), model[room].insert(member).second);
    }
    const auto& now = rooms.members(room);
    ASSERT_EQ(std::set<Rooms::Member>(now.begin(), now.end()), model[room]);
    ASSERT_EQ(now.size(), model[room].size());
    ASSERT_EQ(rooms.contains(member, room), model[room].count(member) == 1);
  }
}

}  // namespace
}  // namespace lectern::hub
