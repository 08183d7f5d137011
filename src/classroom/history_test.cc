#include "classroom/history.h"

#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

#include "classroom/room_script.h"

namespace lectern::classroom {
namespace {

// A room in which `count` messages were posted, one a second, and its history.
struct Talk {
  explicit Talk(int count, std::size_t capacity = 1000) : history(capacity) {
    for (int i = 1; i <= count; ++i) script.after(1000).post("m" + std::to_string(i));
    feed();
  }
  void feed() {
    for (; fed < script.log.size(); ++fed) EXPECT_TRUE(history.apply(script.log[fed]));
  }

  RoomScript script;
  History history;
  std::size_t fed = 0;
};

std::string seqs(const std::vector<const Message*>& messages) {
  std::string text;
  for (const auto* message : messages) text += std::to_string(message->seq) + " ";
  return text;
}

TEST(History, ShowsAMessageAsItWasBroadcast) {
  Talk talk(1);
  EXPECT_EQ(
      boost::json::serialize(to_json(talk.history.page({}).messages)),
      R"([{"messageId":"00000000-0000-4000-8000-000000000001","seq":1,"roomId":"3b241101-e2bb-4255-8caf-4136c566a962","userId":"tea","username":"Ms Tea","content":"m1","type":"text","metadata":{},"timestamp":1764000001000}])");
}

TEST(History, ReturnsTheNewestMessagesAscending) {
  Talk talk(7);
  const auto page = talk.history.page({{}, {}, 3});
  EXPECT_EQ(seqs(page.messages), "5 6 7 ");
  EXPECT_TRUE(page.has_more);
  EXPECT_TRUE(page.complete);
  EXPECT_FALSE(talk.history.page({{}, {}, 7}).has_more);
}

TEST(History, TakesBeforeAndAfterAsExclusive) {
  Talk talk(7);
  EXPECT_EQ(seqs(talk.history.page({5, {}, 3}).messages), "2 3 4 ");
  EXPECT_EQ(seqs(talk.history.page({{}, 5, 3}).messages), "6 7 ");
  EXPECT_EQ(seqs(talk.history.page({5, 2, 3}).messages), "3 4 ");
  EXPECT_TRUE(talk.history.page({1, {}, 3}).messages.empty());
  EXPECT_TRUE(talk.history.page({0, {}, 3}).messages.empty());
  EXPECT_TRUE(talk.history.page({{}, 7, 3}).messages.empty());
  EXPECT_TRUE(talk.history.page({{}, 99, 3}).messages.empty());
  EXPECT_TRUE(talk.history.page({3, 5, 3}).messages.empty());
}

TEST(History, ReadsForwardFromAfter) {
  Talk talk(7);
  const auto page = talk.history.page({{}, 2, 3});
  EXPECT_EQ(seqs(page.messages), "3 4 5 ");
  EXPECT_TRUE(page.has_more);
  EXPECT_FALSE(talk.history.page({{}, 4, 3}).has_more);
}

TEST(History, IsEmptyBeforeTheFirstMessage) {
  const Talk talk(0);
  EXPECT_TRUE(talk.history.page({}).messages.empty());
  EXPECT_FALSE(talk.history.page({}).has_more);
  EXPECT_TRUE(talk.history.page({}).complete);
  EXPECT_FALSE(talk.history.catch_up(0).truncated);
}

// M2, M6
TEST(History, OverwritesTheOldestAndSaysWhatTheLogAloneHas) {
  Talk talk(7, 3);
  EXPECT_EQ(talk.history.size(), 3U);
  const auto page = talk.history.page({6, {}, 4});
  EXPECT_EQ(seqs(page.messages), "5 ");
  EXPECT_FALSE(page.complete);
  EXPECT_TRUE(page.has_more);
  EXPECT_FALSE(talk.history.page({5, {}, 9}).complete);
  EXPECT_FALSE(talk.history.page({5, {}, 9}).has_more);
}

// D94: after a reconnection everything missed comes back, or the answer says that it does not.
TEST(History, BringsBackWhatWasMissed_D94) {
  Talk talk(7, 3);
  EXPECT_EQ(seqs(talk.history.catch_up(5).messages), "6 7 ");
  EXPECT_FALSE(talk.history.catch_up(5).truncated);
  EXPECT_FALSE(talk.history.catch_up(4).truncated);
  EXPECT_EQ(seqs(talk.history.catch_up(3).messages), "5 6 7 ");
  EXPECT_TRUE(talk.history.catch_up(3).truncated);
  EXPECT_TRUE(talk.history.catch_up(7).messages.empty());
  EXPECT_EQ(seqs(talk.history.catch_up({}, 2).messages), "6 7 ");
  EXPECT_FALSE(talk.history.catch_up({}, 2).truncated);
}

TEST(History, KeepsTheOrderAndPlaceOfADeletedMessage) {
  Talk talk(3);
  talk.script.remove(numbered(2));
  talk.feed();
  EXPECT_EQ(seqs(talk.history.page({}).messages), "1 2 3 ");
  EXPECT_EQ(
      boost::json::serialize(talk.history.page({}).messages[1]->to_json()),
      R"({"messageId":"00000000-0000-4000-8000-000000000002","seq":2,"roomId":"3b241101-e2bb-4255-8caf-4136c566a962","userId":"tea","username":"Ms Tea","content":"","type":"text","metadata":{},"timestamp":1764000002000,"deleted":true})");
}

TEST(History, TakesADeletionOfWhatItNoLongerHolds) {
  Talk talk(5, 2);
  talk.script.remove(numbered(1));
  talk.feed();
  EXPECT_EQ(seqs(talk.history.page({}).messages), "4 5 ");
}

// M5, D16: what is younger than the age stays.
TEST(History, ShedsWhatIsOlderThanTheAge_D16) {
  Talk talk(5);
  talk.history.shed(talk.script.now(), 2000);
  EXPECT_EQ(talk.history.size(), 2U);
  EXPECT_EQ(talk.history.last_seq(), 5U);
  EXPECT_TRUE(talk.history.catch_up(2).truncated);
  talk.script.after(1000).post("m6");
  talk.feed();
  EXPECT_EQ(seqs(talk.history.page({}).messages), "4 5 6 ");
}

TEST(History, StaysUsableWhenEverythingWasShed) {
  Talk talk(2);
  talk.history.shed(talk.script.now() + 10, 1);
  EXPECT_EQ(talk.history.size(), 0U);
  EXPECT_FALSE(talk.history.page({}).complete);
  talk.script.post("m3");
  talk.feed();
  EXPECT_EQ(seqs(talk.history.page({}).messages), "3 ");
}

TEST(History, RefusesDamagedEvents) {
  Talk talk(2);
  for (const std::string payload :
       {"", "[]", "{}", "{\"action\":7}", "{\"action\":\"delete\"}",
        "{\"action\":\"delete\",\"seq\":9}", "{\"action\":\"delete\",\"seq\":-1}"}) {
    EXPECT_FALSE(talk.history.apply({{}, "chat:moderated", kRoom, payload, kNoon, 4, 4}));
  }
  auto gap = talk.script.log.back();
  EXPECT_FALSE(talk.history.apply(gap));  // seq 2 for the second time
  gap.payload = "{\"seq\":3}";
  EXPECT_FALSE(talk.history.apply(gap));
  EXPECT_TRUE(talk.history.apply({{}, "own:event", kRoom, "not JSON", kNoon, 4, 4}));
}

}  // namespace
}  // namespace lectern::classroom
