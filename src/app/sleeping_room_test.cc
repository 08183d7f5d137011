#include "app/sleeping_room.h"

#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

#include "classroom/quiz_script.h"
#include "events/memory_log.h"

namespace lectern::app {
namespace {

using classroom::kRoom;
using classroom::kSession;

constexpr std::size_t kHistory = 1000;

// A closed room with 1201 events, more than one page, and a quiz that was played.
class SleepingRoomTest : public ::testing::Test {
 protected:
  SleepingRoomTest() {
    gate::RoomConfigure change;
    change.co_hosts = {"ben"};
    class_.configure(change).by(classroom::student("ann"));
    for (int i = 0; i < 1198; ++i) class_.post("m" + std::to_string(i));
    class_.by(classroom::teacher()).close();
    quiz_.start().answer("ann", classroom::kFirst, std::uint32_t{1}).end();
  }

  static void keep(events::EventLog& log, const std::vector<events::DomainEvent>& events,
                   std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      const auto& event = events[i];
      log.append(
          {event.aggregate, {}, {{event.id, event.type, event.payload, event.timestamp}}, ""},
          [](events::AppendResult) {});
    }
  }

  SleepingRoom asleep() const {
    LiveRoom room(kRoom, kHistory);
    for (const auto& event : class_.log) room.restore(event);
    LiveQuiz quiz;
    for (const auto& event : quiz_.log) quiz.restore(event);
    return fall_asleep(room, {&quiz});
  }

  classroom::RoomScript class_;
  classroom::QuizScript quiz_;
  events::MemoryLog log_;
};

TEST_F(SleepingRoomTest, RemembersItsHostsAndWhatListsShow) {
  const auto sleeping = asleep();
  EXPECT_EQ(sleeping.creator_id, "tea");
  EXPECT_EQ(sleeping.co_hosts, std::vector<std::string>{"ben"});
  ASSERT_EQ(sleeping.summaries.size(), 1U);
  EXPECT_EQ(sleeping.summaries.front(), boost::json::serialize(classroom::summary(quiz_.state)));
  ASSERT_EQ(sleeping.extents.size(), 2U);
  EXPECT_EQ(sleeping.extents[0].version, class_.log.size());
  EXPECT_EQ(sleeping.extents[1].aggregate, kSession);
}

TEST_F(SleepingRoomTest, ComesBackAsItWas) {
  keep(log_, class_.log, class_.log.size());
  keep(log_, quiz_.log, quiz_.log.size());
  const auto whole = read_room(log_, asleep().extents, kHistory);
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->room->state.committed().version, class_.log.size());
  EXPECT_EQ(whole->room->state.head().version, class_.log.size());
  EXPECT_TRUE(whole->room->state.head().closed);
  EXPECT_EQ(whole->room->history.last_seq(), 1198U);
  EXPECT_EQ(whole->room->history.size(), kHistory);
  EXPECT_EQ(whole->room->sessions, std::vector<Uuid>{kSession});
  ASSERT_EQ(whole->quizzes.size(), 1U);
  EXPECT_EQ(whole->quizzes[0].first, kSession);
  EXPECT_EQ(whole->quizzes[0].second->room, kRoom);
  EXPECT_EQ(boost::json::serialize(classroom::summary(whole->quizzes[0].second->state.head())),
            asleep().summaries.front());
}

TEST_F(SleepingRoomTest, DoesNotComeBackInPart) {
  keep(log_, class_.log, class_.log.size());
  keep(log_, quiz_.log, quiz_.log.size() - 1);
  EXPECT_FALSE(read_room(log_, asleep().extents, kHistory));

  events::MemoryLog shorter;
  keep(shorter, class_.log, class_.log.size() - 1);
  keep(shorter, quiz_.log, quiz_.log.size());
  EXPECT_FALSE(read_room(shorter, asleep().extents, kHistory));
}

TEST_F(SleepingRoomTest, DoesNotComeBackDamaged) {
  class_.log[3].payload = "{}";
  keep(log_, class_.log, class_.log.size());
  keep(log_, quiz_.log, quiz_.log.size());
  EXPECT_FALSE(read_room(log_, {{kRoom, class_.log.size()}}, kHistory));
}

}  // namespace
}  // namespace lectern::app
