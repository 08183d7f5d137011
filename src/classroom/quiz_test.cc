#include "classroom/quiz.h"

#include <gtest/gtest.h>

#include "classroom/quiz_script.h"

namespace lectern::classroom {
namespace {

std::string phase_of(const QuizScript& script) { return std::string(name_of(script.state.phase)); }

gate::QuizCreate prepared_primes(std::int64_t prepare_ms = 3000) {
  auto wanted = primes();
  wanted.prepare_ms = prepare_ms;
  return wanted;
}

TEST(Quiz, IsCreatedByAHostOfTheRoom) {
  QuizScript script;
  script
      .expect_reply(
          R"({"sessionId":"3b241101-77aa-4c5e-8d11-5a9e2f60c7d4","questionIds":["00000000-0000-4000-8000-000000000065","00000000-0000-4000-8000-000000000066","00000000-0000-4000-8000-000000000067"]})")
      .expect_events({"quiz:created"})
      .expect_effects({});
  const CreateQuiz create{primes(), kSession, {kFirst, kSecond, kThird}};
  EXPECT_EQ(decide({}, {student("ann"), false, false, kNoon, numbered(1), create}).failure->type,
            "FORBIDDEN");
  EXPECT_EQ(decide({}, {teacher(), true, true, kNoon, numbered(1), create}).failure->type,
            "ROOM_CLOSED");
  script.run(teacher(), create).expect_conflict(0);
}

TEST(Quiz, KeepsTheQuestionIdsThatWereGiven) {
  auto wanted = primes();
  wanted.questions[1].id = numbered(7);
  const QuizScript script(wanted);
  EXPECT_EQ((*script.state.questions)[0].id, kFirst);
  EXPECT_EQ((*script.state.questions)[1].id, numbered(7));
}

TEST(Quiz, TakesNoCommandBeforeItExists) {
  const auto decision = decide({}, {teacher(), true, false, kNoon, numbered(1), TimePassed{}});
  EXPECT_EQ(decision.failure->type, "NOT_FOUND");
}

// Z9
TEST(Quiz, IsRunByHostsAlone_D52) {
  QuizScript script;
  script.run(student("ann"), RunQuiz{HostAction::start, {}});
  script.expect_refused("FORBIDDEN", "Only instructors can start quizzes");
  script.start().run(student("ann"), RunQuiz{HostAction::next, {}});
  script.expect_refused("FORBIDDEN", "Insufficient permissions");
}

TEST(Quiz, OpensTheFirstQuestionWhenItStarts) {
  QuizScript script;
  script.start(0).expect_reply(R"({"version":1,"phase":"open"})");
  script.expect_events({"quiz:started", "quiz:question_opened"})
      .expect_effects(
          {R"(room quiz:started {"sessionId":"3b241101-77aa-4c5e-8d11-5a9e2f60c7d4","roomId":"3b241101-e2bb-4255-8caf-4136c566a962","title":"Primes","total":3,"serverTime":1764000000000})",
           R"(room quiz:question {"sessionId":"3b241101-77aa-4c5e-8d11-5a9e2f60c7d4","questionId":"00000000-0000-4000-8000-000000000065","index":0,"total":3,"kind":"single","text":"Which one is prime?","options":["6","7","8"],"points":1000,"timeLimitMs":20000,"opensAt":1764000000000,"closesAt":1764000020000,"serverTime":1764000000000,"version":1})",
           "deadline 1764000020000"});
}

TEST(Quiz, GoesThroughItsQuestionsAndFinishes) {
  QuizScript script;
  script.start().after(5000).close().expect_reply(R"({"version":2,"phase":"closed"})");
  script.next().expect_reply(R"({"version":3,"phase":"open"})");
  script.expect_events({"quiz:question_opened"});
  script.after(20'000).pass().expect_events({"quiz:question_timeout"});
  script.next().next().expect_reply(R"({"version":7,"phase":"finished"})");
  script.expect_events({"quiz:question_closed", "quiz:finished"});
  EXPECT_EQ(
      boost::json::serialize(script.sent("quiz:finished")),
      R"({"sessionId":"3b241101-77aa-4c5e-8d11-5a9e2f60c7d4","version":7,"phase":"finished","serverTime":1764000025000,"top":[],"participants":0})");
}

// 2.4 of the product page: a host's double click must not skip a question.
TEST(Quiz, ActsOnceForADoubleClick) {
  QuizScript script;
  script.start(0).start(0).expect_conflict(1);
  script.next(1).expect_reply(R"({"version":3,"phase":"open"})");
  script.next(1).expect_conflict(3);
  EXPECT_EQ(script.state.current.index, 1U);
}

TEST(Quiz, RefusesWhatThePhaseDoesNotAllow) {
  QuizScript script;
  script.next().expect_conflict(0);
  script.close().expect_conflict(0);
  script.pause().expect_conflict(0);
  script.resume().expect_conflict(0);
  script.start().start().expect_conflict(1);
  script.resume().expect_conflict(1);
  script.close().close().expect_conflict(2);
  script.pause().expect_conflict(2);
  script.end().end().expect_conflict(3);
  script.next().expect_conflict(3);
}

TEST(Quiz, DoesNotGoOnInAClosedRoomButEnds) {
  QuizScript script;
  for (const auto action : {HostAction::start, HostAction::next, HostAction::resume}) {
    script.run(QuizCommand{teacher(), true, true, kNoon, {}, RunQuiz{action, {}}});
    script.expect_refused("ROOM_CLOSED");
  }
  script.run(QuizCommand{teacher(), true, true, kNoon, {}, RunQuiz{HostAction::end, {}}});
  EXPECT_EQ(phase_of(script), "finished");
}

// B11: the server owns the transition, not a client's countdown.
TEST(Quiz, ClosesByTheServersClockAlone_B11) {
  QuizScript script;
  script.start().after(19'999).pass().expect_events({}).expect_effects({});
  EXPECT_EQ(phase_of(script), "open");
  script.after(1).pass().expect_events({"quiz:question_timeout"});
  EXPECT_EQ(phase_of(script), "closed");
  EXPECT_EQ(script.sent("quiz:question_closed").at("reason").as_string(), "timeout");
  script.pass().expect_events({});
  EXPECT_FALSE(next_deadline(script.state));
}

// B9: the instant is in the log, so a restart changes nothing.
TEST(Quiz, HasTheSameDeadlineAfterAReplay_B9) {
  QuizScript script;
  script.start().after(7000).pause().after(1000).resume();
  QuizState replayed;
  for (const auto& event : script.log) ASSERT_TRUE(evolve(replayed, event));
  EXPECT_EQ(next_deadline(replayed), kNoon + 21'000);
  EXPECT_EQ(fingerprint(replayed), fingerprint(script.state));
}

TEST(Quiz, MovesTheDeadlineByThePause) {
  QuizScript script;
  script.start().after(5000).pause().expect_reply(R"({"version":2,"phase":"paused"})");
  EXPECT_EQ(script.sent("quiz:paused").at("remainingMs").as_int64(), 15'000);
  EXPECT_FALSE(next_deadline(script.state));
  script.after(600'000).pass().expect_events({});
  script.resume().expect_reply(R"({"version":3,"phase":"open"})");
  EXPECT_EQ(
      boost::json::serialize(script.sent("quiz:resumed")),
      R"({"sessionId":"3b241101-77aa-4c5e-8d11-5a9e2f60c7d4","version":3,"phase":"open","serverTime":1764000605000,"questionId":"00000000-0000-4000-8000-000000000065","opensAt":1764000600000,"closesAt":1764000620000})");
  EXPECT_EQ(lines_of(script.last).back(), "deadline 1764000620000");
  EXPECT_EQ(next_deadline(script.state), script.now() + 15'000);
}

TEST(Quiz, CannotBePausedWhenItsTimeIsOver) {
  QuizScript script;
  script.start().after(20'000).pause().expect_conflict(1);
}

TEST(Quiz, ShowsAPreparedQuestionBeforeItOpens) {
  QuizScript script(prepared_primes());
  script.start().expect_reply(R"({"version":1,"phase":"preparing"})");
  script.expect_events({"quiz:started", "quiz:question_prepared"});
  EXPECT_EQ(script.sent("quiz:question").at("opensAt").as_int64(), kNoon + 3000);
  EXPECT_EQ(script.sent("quiz:question").at("closesAt").as_int64(), kNoon + 23'000);
  EXPECT_EQ(next_deadline(script.state), kNoon + 3000);
  script.answer("ann", kFirst, 1).expect_refused("QUIZ_NOT_OPEN");
  script.after(3000)
      .pass()
      .expect_events({"quiz:question_opened"})
      .expect_effects(
          {R"(room quiz:opened {"sessionId":"3b241101-77aa-4c5e-8d11-5a9e2f60c7d4","version":2,"phase":"open","serverTime":1764000003000,"questionId":"00000000-0000-4000-8000-000000000065","opensAt":1764000003000,"closesAt":1764000023000})",
           "deadline 1764000023000"});
  EXPECT_EQ(next_deadline(script.state), kNoon + 23'000);
}

TEST(Quiz, TakesAnAnswerFromTheInstantOfTheOpeningOn) {
  QuizScript script(prepared_primes());
  script.start().after(3000).answer("ann", kFirst, 1).expect_accepted();
  EXPECT_EQ(script.state.current.answers[0].time_ms, 0);
  script.pass().after(20'000).pass();
  EXPECT_EQ(script.state.players[0].total, 1000);
}

TEST(Quiz, PausesAPreparedQuestionBeforeItOpens) {
  QuizScript script(prepared_primes());
  script.start().after(1000).pause().after(10'000).resume();
  script.expect_reply(R"({"version":3,"phase":"preparing"})");
  EXPECT_EQ(next_deadline(script.state), kNoon + 13'000);
  script.after(2000).pass();
  EXPECT_EQ(next_deadline(script.state), kNoon + 33'000);
}

TEST(Quiz, EndsFromEveryPhase) {
  QuizScript lobby;
  lobby.end().expect_events({"quiz:finished"});
  QuizScript paused;
  paused.start().pause().end().expect_events({"quiz:question_closed", "quiz:finished"});
  QuizScript closed;
  closed.start().close().end().expect_events({"quiz:finished"});
  QuizScript preparing(prepared_primes());
  preparing.start().end().expect_events({"quiz:question_closed", "quiz:finished"});
}

TEST(Quiz, RefusesADamagedLog) {
  QuizScript script;
  script.start().answer("ann", kFirst, 1).close();
  auto gap = script.log.back();
  gap.version += 2;
  EXPECT_FALSE(evolve(script.state, gap));
  for (const std::string type :
       {"quiz:created", "quiz:question_prepared", "quiz:question_opened", "quiz:answer_submitted",
        "quiz:question_timeout", "quiz:question_closed", "quiz:score_updated", "quiz:resumed"}) {
    for (const std::string payload : {"", "{", "[]", "{}", "{\"questionId\":1}"}) {
      QuizState state = script.state;
      EXPECT_FALSE(evolve(state, events::NewEvent{numbered(1), type, payload, kNoon}))
          << type << payload;
    }
  }
}

// Whatever one event of a log was replaced by, replaying it ends with an answer, not with a crash.
TEST(Quiz, SurvivesALogWithOneEventOfAnother) {
  QuizScript script;
  script.start().answer("ann", kFirst, 1).answer("ben", kFirst, 0).after(20'000).pass();
  script.next().answer("ann", kSecond, std::vector<std::int64_t>{0, 2}).pause().resume().next();
  script.end();
  std::size_t refused = 0;
  for (std::size_t place = 0; place < script.log.size(); ++place) {
    for (const auto& other : script.log) {
      QuizState state;
      bool good = true;
      for (std::size_t i = 0; i < script.log.size() && good; ++i) {
        const auto& event = i == place ? other : script.log[i];
        good =
            evolve(state, events::NewEvent{event.id, event.type, event.payload, event.timestamp});
      }
      if (!good) ++refused;
      if (good) snapshot(state, {"ann", true, 2}, kNoon);
    }
  }
  EXPECT_GT(refused, script.log.size() * (script.log.size() - 4));
}

}  // namespace
}  // namespace lectern::classroom
