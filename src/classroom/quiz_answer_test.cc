#include <gtest/gtest.h>

#include "classroom/quiz.h"
#include "classroom/quiz_script.h"

namespace lectern::classroom {
namespace {

using Indices = std::vector<std::int64_t>;

TEST(QuizAnswer, IsAcceptedWithTheTimeOfItsArrival) {
  QuizScript script;
  script.start().after(1500).answer("ann", kFirst, 1);
  script.expect_reply(R"({"accepted":true,"receivedAt":1764000001500})")
      .expect_events({"quiz:answer_submitted"})
      .expect_effects({"progress"});
  EXPECT_EQ(
      script.log.back().payload,
      R"({"userId":"ann","username":"Student ann","questionId":"00000000-0000-4000-8000-000000000065","answer":1,"receivedAt":1764000001500,"timeMs":1500})");
  EXPECT_EQ(script.last.idempotency_key, "answer:00000000-0000-4000-8000-000000000065:ann");
}

// D22, B3: five submissions of one answer gave five times the points.
TEST(QuizAnswer, CountsOnceHoweverOftenItIsSent_D22_B3) {
  QuizScript script;
  script.start().after(1000).answer("ann", kFirst, 1);
  for (int i = 0; i < 5; ++i) {
    script.after(100).answer("ann", kFirst, 1).expect_events({}).expect_effects({});
    script.expect_reply(R"({"accepted":true,"receivedAt":1764000001000})");
  }
  EXPECT_EQ(script.state.current.answers.size(), 1U);
  script.close();
  EXPECT_EQ(script.state.players[0].total, 987);
}

TEST(QuizAnswer, CannotBeChanged_B3) {
  QuizScript script;
  script.start().answer("ann", kFirst, 1).answer("ann", kFirst, 2);
  script.expect_refused("DUPLICATE_ANSWER");
  script.close().answer("ann", kFirst, 2).expect_refused("DUPLICATE_ANSWER");
}

// B5: whoever reconnects is the same player, and their answer stands.
TEST(QuizAnswer, IsRepeatedWithTheFirstReplyAfterTheClose_B5) {
  QuizScript script;
  script.start().after(1000).answer("ann", kFirst, 1).after(19'000).pass();
  script.answer("ann", kFirst, 1).expect_reply(R"({"accepted":true,"receivedAt":1764000001000})");
  script.next().answer("ann", kFirst, 1).expect_accepted().expect_events({});
  script.end().answer("ann", kFirst, 1).expect_accepted().expect_events({});
}

TEST(QuizAnswer, ComparesSetsWithoutOrder) {
  QuizScript script;
  script.start().next().answer("ann", kSecond, Indices{2, 0}).expect_accepted();
  script.answer("ann", kSecond, Indices{0, 2}).expect_accepted().expect_events({});
}

TEST(QuizAnswer, IsForMembersAlone_D51) {
  QuizScript script;
  script.start().run({"eve", "Eve", false, false}, AnswerQuestion{kFirst, 1, kNoon});
  script.expect_refused("NOT_A_MEMBER");
}

TEST(QuizAnswer, MustFitTheQuestion_D78) {
  QuizScript script;
  script.start().answer("ann", kFirst, "1").expect_refused("VALIDATION_ERROR");
  EXPECT_EQ(script.last.failure->extra.at("field").as_string(), "answer");
  script.answer("ann", kFirst, 3).expect_refused("VALIDATION_ERROR");
  script.answer("ann", numbered(9), 1).expect_refused("NOT_FOUND");
}

TEST(QuizAnswer, IsRefusedBeforeTheOpening) {
  QuizScript script;
  script.answer("ann", kFirst, 1).expect_refused("QUIZ_NOT_OPEN");
  script.start().answer("ann", kSecond, Indices{0}).expect_refused("QUIZ_NOT_OPEN");
  script.answer_read_at(kNoon - 1, "ann", kFirst, 1).expect_refused("QUIZ_NOT_OPEN");
}

// B8, D22: the client's clock has no say, and the moment of deciding neither.
TEST(QuizAnswer, IsLateByTheTimeOfItsArrival_B8) {
  QuizScript script;
  script.start().after(20'040);
  script.answer_read_at(kNoon + 20'000, "ann", kFirst, 1).expect_accepted();
  script.answer_read_at(kNoon + 20'001, "ben", kFirst, 1).expect_refused("LATE_ANSWER");
  script.pass();
  script.answer_read_at(kNoon + 20'000, "cy", kFirst, 1).expect_refused("LATE_ANSWER");
  EXPECT_EQ(script.state.current.answers[0].score, 500);
}

TEST(QuizAnswer, IsLateAfterTheHostClosed) {
  QuizScript script;
  script.start().close().answer("ann", kFirst, 1).expect_refused("LATE_ANSWER");
  script.next().answer("ann", kFirst, 1).expect_refused("LATE_ANSWER");
}

TEST(QuizAnswer, IsRefusedWhilePausedUnlessItWasReadBefore) {
  QuizScript script;
  script.start().after(1000).pause().after(5);
  script.answer("ann", kFirst, 1).expect_refused("QUIZ_NOT_OPEN");
  script.answer_read_at(kNoon + 999, "ben", kFirst, 1).expect_accepted();
  script.after(60'000).resume().answer("ann", kFirst, 1).expect_accepted();
  EXPECT_EQ(script.state.current.answers[0].time_ms, 999);
  EXPECT_EQ(script.state.current.answers[1].time_ms, 1000);
}

TEST(QuizAnswer, IsRefusedInAClosedRoom) {
  QuizScript script;
  script.start();
  const AnswerQuestion given{kFirst, 1, kNoon};
  script.run(QuizCommand{student("ann"), false, true, kNoon, {}, given});
  script.expect_refused("ROOM_CLOSED");
}

TEST(QuizAnswer, TellsTheReplyOfAnEventInTheLog) {
  QuizScript script;
  script.start().answer("ann", kFirst, 1);
  EXPECT_EQ(boost::json::serialize(*answer_reply(script.log.back())),
            R"({"accepted":true,"receivedAt":1764000000000})");
  EXPECT_FALSE(answer_reply(script.log.front()));
}

}  // namespace
}  // namespace lectern::classroom
