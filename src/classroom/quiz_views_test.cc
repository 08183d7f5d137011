#include "classroom/quiz_views.h"

#include <gtest/gtest.h>

#include "classroom/quiz_script.h"

namespace lectern::classroom {
namespace {

using Indices = std::vector<std::int64_t>;

std::string text(const boost::json::value& value) { return boost::json::serialize(value); }

// Everything that was sent, and what a player and a host would see, in one text.
std::string everything_told(const QuizScript& script) {
  std::string told;
  for (const auto& line : lines_of(script.last)) told += line + "\n";
  told += text(script.last.reply);
  for (const bool host : {false, true}) {
    told += text(snapshot(script.state, {"ann", host, 2}, script.now()));
  }
  if (const auto counts = progress(script.state, 2)) told += text(*counts);
  return told + text(summary(script.state)) + text(leaderboard(script.state));
}

TEST(Snapshot, ShowsTheLobby) {
  const QuizScript script;
  EXPECT_EQ(
      text(script.seen_by("ann")),
      R"({"sessionId":"3b241101-77aa-4c5e-8d11-5a9e2f60c7d4","roomId":"3b241101-e2bb-4255-8caf-4136c566a962","title":"Primes","version":0,"phase":"lobby","questionCount":3,"serverTime":1764000000000,"question":null,"yourAnswer":null,"total":0,"rank":null,"streak":0,"leaderboard":null,"lastResult":null})");
}

// B10: who joins in the middle sees the question; B4: who reloads sees their answer.
TEST(Snapshot, ShowsTheOpenQuestionAndTheViewersAnswer_B10_B4) {
  QuizScript script;
  script.start().after(1500).answer("ann", kFirst, 2).after(500);
  const auto seen = script.seen_by("ann");
  EXPECT_EQ(
      text(seen.at("question")),
      R"({"sessionId":"3b241101-77aa-4c5e-8d11-5a9e2f60c7d4","questionId":"00000000-0000-4000-8000-000000000065","index":0,"total":3,"kind":"single","text":"Which one is prime?","options":["6","7","8"],"points":1000,"timeLimitMs":20000,"opensAt":1764000000000,"closesAt":1764000020000,"serverTime":1764000002000,"version":1,"paused":false})");
  EXPECT_EQ(text(seen.at("yourAnswer")), "2");
  EXPECT_EQ(text(seen.at("phase")), R"("open")");
  EXPECT_TRUE(script.seen_by("ben").at("yourAnswer").is_null());
}

TEST(Snapshot, ShowsAPauseWithTheTimeThatIsLeft) {
  QuizScript script;
  script.start().after(5000).pause().after(60'000);
  const auto shown = script.seen_by("ann").at("question").as_object();
  EXPECT_EQ(text(shown.at("paused")), "true");
  EXPECT_EQ(text(shown.at("remainingMs")), "15000");
}

TEST(Snapshot, ShowsTheSameResultAfterAReload) {
  QuizScript script;
  script.start().answer("ann", kFirst, 1).answer("ben", kFirst, 0).close();
  const auto closed = script.sent("quiz:question_closed");
  const auto score = script.sent("quiz:score_updated", "ben");
  const auto board = script.sent("quiz:leaderboard");
  auto result = script.seen_by("ben").at("lastResult").as_object();
  EXPECT_EQ(text(result.at("yourScore")), text(score));
  result.erase("yourScore");
  EXPECT_EQ(text(result), text(closed));
  EXPECT_EQ(text(script.seen_by("ben").at("leaderboard")), text(board));
  EXPECT_EQ(text(script.seen_by("ben").at("rank")), "2");
  EXPECT_EQ(text(script.seen_by("ann").at("total")), "1000");
  EXPECT_EQ(text(script.seen_by("ben").at("question").at("questionId")),
            text(closed.at("questionId")));
  EXPECT_TRUE(script.seen_by("cy").at("lastResult").at("yourScore").is_null());
}

TEST(Snapshot, ShowsWhoDidNotAnswerTheirStandingToo) {
  QuizScript script;
  script.start().answer("ann", kFirst, 1).next().answer("ben", kSecond, Indices{0, 2}).close();
  const auto score = script.sent("quiz:score_updated", "ann");
  EXPECT_EQ(text(script.seen_by("ann").at("lastResult").at("yourScore")), text(score));
}

TEST(Snapshot, ShowsTheFinalStanding) {
  QuizScript script;
  script.start().answer("ann", kFirst, 1).end();
  const auto seen = script.seen_by("ann");
  EXPECT_TRUE(seen.at("question").is_null());
  EXPECT_TRUE(seen.at("yourAnswer").is_null());
  EXPECT_EQ(text(seen.at("phase")), R"("finished")");
  EXPECT_EQ(text(seen.at("total")), "1000");
  EXPECT_EQ(text(seen.at("leaderboard").at("top")), text(script.sent("quiz:finished").at("top")));
  EXPECT_FALSE(seen.at("lastResult").is_null());
}

TEST(Snapshot, ShowsHostsTheQuestionsAndTheProgress) {
  QuizScript script;
  script.start().answer("ann", kFirst, 1);
  const auto seen = snapshot(script.state, {"tea", true, 3}, script.now());
  EXPECT_EQ(
      text(seen.at("questions").at(0)),
      R"({"questionId":"00000000-0000-4000-8000-000000000065","index":0,"kind":"single","text":"Which one is prime?","points":1000,"timeLimitMs":20000})");
  EXPECT_EQ(
      text(seen.at("progress")),
      R"({"sessionId":"3b241101-77aa-4c5e-8d11-5a9e2f60c7d4","questionId":"00000000-0000-4000-8000-000000000065","answered":1,"participants":3,"answeredBy":["ann"],"distribution":[0,1,0]})");
  EXPECT_FALSE(script.seen_by("tea").contains("questions"));
}

// The solution is in nothing that leaves before the close. The explanation stands for it here: it
// occurs nowhere else.
TEST(Quiz, TellsNoSolutionBeforeTheClose) {
  auto wanted = primes();
  wanted.prepare_ms = 1000;
  for (auto& entry : wanted.questions) entry.explanation = "SOLUTION";
  QuizScript script(wanted);
  const auto keeps_secret = [&] {
    const auto told = everything_told(script);
    return told.find("SOLUTION") == std::string::npos && told.find("correct") == std::string::npos;
  };
  EXPECT_TRUE(keeps_secret());
  EXPECT_TRUE((script.start(), keeps_secret()));
  EXPECT_TRUE((script.after(1000).pass(), keeps_secret()));
  EXPECT_TRUE((script.answer("ann", kFirst, 1), keeps_secret()));
  EXPECT_TRUE((script.pause(), keeps_secret()));
  EXPECT_TRUE((script.resume(), keeps_secret()));
  script.close();
  EXPECT_FALSE(keeps_secret());
  EXPECT_TRUE((script.next(), keeps_secret()));
}

TEST(Progress, ExistsWhileAQuestionIsShown) {
  QuizScript script;
  EXPECT_FALSE(progress(script.state, 3));
  EXPECT_TRUE((script.start(), progress(script.state, 3)));
  EXPECT_TRUE((script.close(), progress(script.state, 3)));
  EXPECT_FALSE((script.end(), progress(script.state, 3)));
}

TEST(Summary, NamesWhatAListShows) {
  QuizScript script;
  script.start();
  EXPECT_EQ(
      text(summary(script.state)),
      R"({"sessionId":"3b241101-77aa-4c5e-8d11-5a9e2f60c7d4","roomId":"3b241101-e2bb-4255-8caf-4136c566a962","title":"Primes","phase":"open","version":1,"questionCount":3,"scoring":"speed","streaks":false,"prepareMs":0,"createdAt":1764000000000,"creator":{"userId":"tea","username":"Ms Tea"},"startedAt":1764000000000})");
}

}  // namespace
}  // namespace lectern::classroom
