#include <gtest/gtest.h>

#include "classroom/quiz.h"
#include "classroom/quiz_script.h"

namespace lectern::classroom {
namespace {

using Indices = std::vector<std::int64_t>;

std::string brief(const boost::json::object& score) {
  return boost::json::serialize(score.at("correct")) + " " +
         boost::json::serialize(score.at("score")) + " of " +
         boost::json::serialize(score.at("newTotal")) + ", rank " +
         boost::json::serialize(score.at("rank")) + ", streak " +
         boost::json::serialize(score.at("streak"));
}

// D20, D23, D24: one append holds the close and every score, and the totals are totals.
TEST(QuizClose, IsOneDecisionWithEveryScore_D20_D24) {
  QuizScript script;
  script.start().after(10'250).answer("ann", kFirst, 1).answer("ben", kFirst, 0);
  script.after(9'750).pass();
  script.expect_events({"quiz:question_timeout", "quiz:score_updated", "quiz:score_updated"});
  EXPECT_EQ(script.last.events[0].payload,
            R"({"questionId":"00000000-0000-4000-8000-000000000065"})");
  EXPECT_EQ(
      script.last.events[1].payload,
      R"({"userId":"ann","questionId":"00000000-0000-4000-8000-000000000065","correct":true,"score":750,"newTotal":750,"rank":1,"streak":1})");
  EXPECT_NE(script.last.events[0].id, script.last.events[1].id);
  EXPECT_NE(script.last.events[1].id, script.last.events[2].id);
}

TEST(QuizClose, TellsTheSolutionToAllAndItsScoreToEveryPlayerAlone) {
  QuizScript script;
  script.start()
      .after(10'250)
      .answer("ann", kFirst, 1)
      .answer("ben", kFirst, 0)
      .after(9'750)
      .pass();
  script.expect_effects(
      {R"(room quiz:question_closed {"sessionId":"3b241101-77aa-4c5e-8d11-5a9e2f60c7d4","questionId":"00000000-0000-4000-8000-000000000065","index":0,"reason":"timeout","correct":1,"distribution":[1,1,0],"explanation":"6 and 8 are even.","version":2})",
       R"(user ann quiz:score_updated {"sessionId":"3b241101-77aa-4c5e-8d11-5a9e2f60c7d4","questionId":"00000000-0000-4000-8000-000000000065","correct":true,"score":750,"newTotal":750,"rank":1,"streak":1})",
       R"(user ben quiz:score_updated {"sessionId":"3b241101-77aa-4c5e-8d11-5a9e2f60c7d4","questionId":"00000000-0000-4000-8000-000000000065","correct":false,"score":0,"newTotal":0,"rank":2,"streak":0})",
       R"(room quiz:leaderboard {"sessionId":"3b241101-77aa-4c5e-8d11-5a9e2f60c7d4","version":8,"top":[{"rank":1,"userId":"ann","username":"Student ann","total":750},{"rank":2,"userId":"ben","username":"Student ben","total":0}],"participants":2})"});
  EXPECT_EQ(script.log.back().version, 8U);
}

// B1, B6: nothing about answers goes to the room while the question is open.
TEST(QuizClose, IsTheFirstThatTellsWhetherAnAnswerWasRight_B1) {
  QuizScript script;
  script.start().answer("ann", kFirst, 1).expect_effects({"progress"});
  EXPECT_FALSE(script.last.reply.contains("correct"));
}

TEST(QuizClose, AddsUpTotalsInTheSameStep_D23) {
  QuizScript script;
  script.start().answer("ann", kFirst, 1).next();
  EXPECT_EQ(brief(script.sent("quiz:score_updated", "ann")), "true 1000 of 1000, rank 1, streak 1");
  script.answer("ann", kSecond, Indices{0, 2}).next();
  EXPECT_EQ(brief(script.sent("quiz:score_updated", "ann")), "true 1000 of 2000, rank 1, streak 2");
  script.answer("ann", kThird, 0).next();
  EXPECT_EQ(brief(script.sent("quiz:score_updated", "ann")), "false 0 of 2000, rank 1, streak 0");
}

TEST(QuizClose, TellsPlayersWhoDidNotAnswerWhereTheyStand) {
  QuizScript script;
  script.start().answer("ann", kFirst, 1).next();
  script.answer("ben", kSecond, Indices{0, 2}).next();
  EXPECT_EQ(brief(script.sent("quiz:score_updated", "ann")), "false 0 of 1000, rank 1, streak 0");
  EXPECT_EQ(brief(script.sent("quiz:score_updated", "ben")), "true 1000 of 1000, rank 1, streak 1");
  script.expect_events({"quiz:question_closed", "quiz:score_updated", "quiz:question_opened"});
  EXPECT_EQ(script.state.players[0].streak, 0U);
}

TEST(QuizClose, RanksEqualTotalsEqually) {
  QuizScript script;
  script.start();
  script.answer("ann", kFirst, 0).answer("ben", kFirst, 1).answer("cy", kFirst, 1).after(10'250);
  script.answer("di", kFirst, 1).answer("ed", kFirst, 2).close();
  const auto board = boost::json::serialize(script.sent("quiz:leaderboard").at("top"));
  EXPECT_EQ(
      board,
      R"([{"rank":1,"userId":"ben","username":"Student ben","total":1000},{"rank":1,"userId":"cy","username":"Student cy","total":1000},{"rank":3,"userId":"di","username":"Student di","total":750},{"rank":4,"userId":"ann","username":"Student ann","total":0},{"rank":4,"userId":"ed","username":"Student ed","total":0}])");
}

TEST(QuizClose, ShowsTheTopTenAndCountsAll) {
  QuizScript script;
  script.start();
  for (int i = 0; i < 25; ++i) script.after(100).answer("u" + std::to_string(i), kFirst, 1);
  script.close();
  const auto board = script.sent("quiz:leaderboard");
  EXPECT_EQ(board.at("top").as_array().size(), 10U);
  EXPECT_EQ(board.at("participants").as_uint64(), 25U);
  EXPECT_EQ(script.sent("quiz:score_updated", "u24").at("rank").as_uint64(), 25U);
}

TEST(QuizClose, GivesABonusForStreaksWhereTheQuizHasThem) {
  auto wanted = primes();
  wanted.streaks = true;
  wanted.scoring = gate::Scoring::flat;
  QuizScript script(wanted);
  script.start().answer("ann", kFirst, 1).next().answer("ann", kSecond, Indices{0, 2}).next();
  EXPECT_EQ(brief(script.sent("quiz:score_updated", "ann")), "true 1100 of 2100, rank 1, streak 2");
}

TEST(QuizClose, CountsAPollWithoutRightAndWrong) {
  auto wanted = primes();
  wanted.questions[1] = question(gate::QuestionKind::poll, "Tea or coffee?", {"tea", "coffee"}, {});
  QuizScript script(wanted);
  script.start().answer("ann", kFirst, 1).next().answer("ann", kSecond, 1).close();
  EXPECT_EQ(brief(script.sent("quiz:score_updated", "ann")), "null 0 of 1000, rank 1, streak 1");
  EXPECT_TRUE(script.sent("quiz:question_closed").at("correct").is_null());
  EXPECT_EQ(boost::json::serialize(script.sent("quiz:question_closed").at("distribution")),
            "[0,1]");
  script.next().answer("ann", kThird, 1).close();
  EXPECT_EQ(brief(script.sent("quiz:score_updated", "ann")), "true 1000 of 2000, rank 1, streak 2");
}

TEST(QuizClose, CountsEveryOptionOfAMultipleQuestion) {
  QuizScript script;
  script.start().next();
  script.answer("ann", kSecond, Indices{0, 2}).answer("ben", kSecond, Indices{0, 1}).close();
  EXPECT_EQ(
      boost::json::serialize(script.sent("quiz:question_closed")),
      R"({"sessionId":"3b241101-77aa-4c5e-8d11-5a9e2f60c7d4","questionId":"00000000-0000-4000-8000-000000000066","index":1,"reason":"host","correct":[0,2],"distribution":[2,1,1],"explanation":"","version":4})");
}

TEST(QuizClose, ShowsTheMostFrequentAnswersInWords) {
  auto wanted = primes();
  wanted.questions[0] = question(gate::QuestionKind::text, "Capital of France?", {},
                                 std::vector<std::string>{"Paris"});
  wanted.questions[1] =
      question(gate::QuestionKind::number, "Pi?", {}, gate::NumberSolution{3.14, 0.01});
  QuizScript script(wanted);
  script.start().answer("ann", kFirst, "Rome").answer("ben", kFirst, "paris");
  script.answer("cy", kFirst, "Paris").close();
  EXPECT_EQ(boost::json::serialize(script.sent("quiz:question_closed").at("distribution")),
            R"([{"answer":"paris","count":2},{"answer":"Rome","count":1}])");
  EXPECT_EQ(boost::json::serialize(script.sent("quiz:question_closed").at("correct")),
            R"(["Paris"])");
  script.next().answer("ann", kSecond, 3).answer("ben", kSecond, "3.150");
  script.answer("cy", kSecond, "3.15").close();
  EXPECT_EQ(boost::json::serialize(script.sent("quiz:question_closed").at("distribution")),
            R"([{"answer":"3.150","count":2},{"answer":3,"count":1}])");
  EXPECT_EQ(boost::json::serialize(script.sent("quiz:question_closed").at("correct")),
            R"({"value":3.14E0,"tolerance":1E-2})");
  EXPECT_EQ(script.sent("quiz:score_updated", "ben").at("score").as_int64(), 1000);
}

// 5,000 players in one quiz.
TEST(QuizClose, ScoresAFullLectureHall) {
  QuizScript script;
  script.start();
  for (int i = 0; i < 5000; ++i) {
    script.after(i % 2).answer("u" + std::to_string(i), kFirst, i % 3);
  }
  EXPECT_EQ(script.state.players.size(), 5000U);
  script.close();
  EXPECT_EQ(script.last.events.size(), 5001U);
  EXPECT_EQ(script.last.effects.size(), 5002U);
}

}  // namespace
}  // namespace lectern::classroom
