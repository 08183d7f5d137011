#include <string>

#include <gtest/gtest.h>
#include <boost/json.hpp>

#include "gate/payloads.h"

namespace lectern::gate {
namespace {

namespace json = boost::json;

std::string quiz(std::string_view questions, std::string_view more = "") {
  return R"({"roomId":"3b241101-e2bb-4255-8caf-4136c566a962","title":"Week 1","questions":[)" +
         std::string(questions) + "]" + std::string(more) + "}";
}

std::string question(std::string_view kind, std::string_view more) {
  return R"({"text":"q","timeLimitMs":20000,"kind":")" + std::string(kind) + "\"" +
         std::string(more) + "}";
}

std::string answer(std::string_view value) {
  return R"({"sessionId":"3b241101-e2bb-4255-8caf-4136c566a962",)"
         R"("questionId":"8b241101-e2bb-4255-8caf-4136c566a962","answer":)" +
         std::string(value) + "}";
}

template <class Parse>
std::string refused_field(Parse parse, const std::string& text) {
  auto payload = json::parse(text).as_object();
  const auto result = parse(payload);
  return result.index() == 0 ? "accepted" : std::get<ValidationError>(result).field;
}

QuizCreate created(const std::string& text) {
  auto payload = json::parse(text).as_object();
  auto result = parse_quiz_create(payload);
  if (result.index() == 1) ADD_FAILURE() << std::get<ValidationError>(result).message;
  return std::get<QuizCreate>(std::move(result));
}

Solution solution(std::string_view kind, std::string_view more) {
  return created(quiz(question(kind, more))).questions.at(0).correct;
}

std::string refused_question(std::string_view kind, std::string_view more) {
  return refused_field(parse_quiz_create, quiz(question(kind, more)));
}

TEST(QuizCreate, HasItsDefaults) {
  const auto create =
      created(quiz(question("single", R"(,"options":["a < b","<b>"],"correct":1)")));
  EXPECT_EQ(create.title, "Week 1");
  EXPECT_EQ(create.scoring, Scoring::speed);
  EXPECT_FALSE(create.streaks);
  EXPECT_EQ(create.prepare_ms, 0);
  const auto& first = create.questions.at(0);
  EXPECT_FALSE(first.id);
  EXPECT_EQ(first.points, 1000U);
  EXPECT_EQ(first.time_limit_ms, 20000);
  EXPECT_EQ(first.options, (std::vector<std::string>{"a < b", "<b>"}));
  EXPECT_EQ(std::get<IndexSolution>(first.correct).index, 1U);
}

TEST(QuizCreate, TheSolutionHasTheTypeOfItsKind) {
  constexpr auto* kOptions = R"(,"options":["a","b","c"])";
  const auto with = [&](std::string_view correct) {
    return kOptions + (",\"correct\":" + std::string(correct));
  };
  EXPECT_EQ(std::get<std::vector<std::uint32_t>>(solution("multiple", with("[2,0]"))),
            (std::vector<std::uint32_t>{0, 2}));
  EXPECT_EQ(std::get<std::vector<std::uint32_t>>(solution("order", with("[2,0,1]"))),
            (std::vector<std::uint32_t>{2, 0, 1}));
  EXPECT_TRUE(std::get<bool>(solution("boolean", ",\"correct\":true")));
  EXPECT_EQ(std::get<NumberSolution>(solution("number", ",\"correct\":2.5")).value, 2.5);
  EXPECT_EQ(
      std::get<NumberSolution>(solution("number", R"(,"correct":{"value":3,"tolerance":0.1})"))
          .tolerance,
      0.1);
  EXPECT_EQ(std::get<std::vector<std::string>>(solution("text", ",\"correct\":\" Paris \"")),
            (std::vector<std::string>{"Paris"}));
  EXPECT_EQ(std::get<std::vector<std::string>>(solution("text", R"(,"correct":["a","b"])")).size(),
            2U);
  EXPECT_EQ(solution("poll", kOptions).index(), 0U);
}

TEST(QuizCreate, RefusesASolutionOfAnotherType) {
  const auto with = [](std::string_view correct) {
    return R"(,"options":["a","b","c"],"correct":)" + std::string(correct);
  };
  EXPECT_EQ(refused_question("single", with("3")), "questions.0.correct");
  EXPECT_EQ(refused_question("single", with("\"1\"")), "questions.0.correct");
  EXPECT_EQ(refused_question("single", with("[1]")), "questions.0.correct");
  EXPECT_EQ(refused_question("single", R"(,"options":["a","b"])"), "questions.0.correct");
  EXPECT_EQ(refused_question("multiple", with("[]")), "questions.0.correct");
  EXPECT_EQ(refused_question("multiple", with("[0,0]")), "questions.0.correct.1");
  EXPECT_EQ(refused_question("order", with("[0,1]")), "questions.0.correct");
  EXPECT_EQ(refused_question("order", with("[0,1,1]")), "questions.0.correct.2");
  EXPECT_EQ(refused_question("boolean", ",\"correct\":1"), "questions.0.correct");
  EXPECT_EQ(refused_question("number", ",\"correct\":\"1\""), "questions.0.correct");
  EXPECT_EQ(refused_question("number", R"(,"correct":{"value":1})"),
            "questions.0.correct.tolerance");
  EXPECT_EQ(refused_question("number", R"(,"correct":{"value":1,"tolerance":-1})"),
            "questions.0.correct.tolerance");
  EXPECT_EQ(refused_question("number", R"(,"correct":{"value":1,"tolerance":0,"x":0})"),
            "questions.0.correct.x");
  EXPECT_EQ(refused_question("text", ",\"correct\":[]"), "questions.0.correct");
  EXPECT_EQ(refused_question("text", R"(,"correct":["a"," "])"), "questions.0.correct.1");
  EXPECT_EQ(refused_question("poll", with("0")), "questions.0.correct");
}

TEST(QuizCreate, AQuestionHasTwoToTenOptions) {
  EXPECT_EQ(refused_question("single", ",\"correct\":0"), "questions.0.options");
  EXPECT_EQ(refused_question("single", R"(,"options":["a"],"correct":0)"), "questions.0.options");
  EXPECT_EQ(refused_question("poll", R"(,"options":["1","2","3","4","5","6","7","8","9","10"])"),
            "accepted");
  EXPECT_EQ(
      refused_question("poll", R"(,"options":["1","2","3","4","5","6","7","8","9","10","11"])"),
      "questions.0.options");
  EXPECT_EQ(refused_question("poll", R"(,"options":["a",2])"), "questions.0.options.1");
  EXPECT_EQ(refused_question("poll", R"(,"options":["a"," \u200b"])"), "questions.0.options.1");
  EXPECT_EQ(refused_question("text", R"(,"options":["a","b"],"correct":"a")"),
            "questions.0.options");
  EXPECT_EQ(refused_question("boolean", R"(,"options":["a"],"correct":true)"),
            "questions.0.options");
}

TEST(QuizCreate, NumbersHaveTheirRanges) {
  const auto poll = [](std::string_view more) {
    return quiz(R"({"text":"q","kind":"poll","options":["a","b"])" + std::string(more) + "}");
  };
  EXPECT_EQ(refused_field(parse_quiz_create, poll("")), "questions.0.timeLimitMs");
  EXPECT_EQ(refused_field(parse_quiz_create, poll(",\"timeLimitMs\":999")),
            "questions.0.timeLimitMs");
  EXPECT_EQ(refused_field(parse_quiz_create, poll(",\"timeLimitMs\":3600000")), "accepted");
  EXPECT_EQ(refused_field(parse_quiz_create, poll(",\"timeLimitMs\":3600001")),
            "questions.0.timeLimitMs");
  EXPECT_EQ(refused_field(parse_quiz_create, poll(",\"timeLimitMs\":1000,\"points\":10001")),
            "questions.0.points");
}

TEST(QuizCreate, NamesWhatIsWrongWithTheQuiz) {
  const auto poll = question("poll", R"(,"options":["a","b"])");
  EXPECT_EQ(refused_field(parse_quiz_create, quiz("")), "questions");
  EXPECT_EQ(refused_field(parse_quiz_create, quiz("1")), "questions.0");
  EXPECT_EQ(refused_field(parse_quiz_create, quiz(poll, ",\"x\":1")), "x");
  EXPECT_EQ(refused_field(parse_quiz_create, quiz(poll, ",\"scoring\":\"fast\"")), "scoring");
  EXPECT_EQ(refused_field(parse_quiz_create, quiz(poll, ",\"streaks\":1")), "streaks");
  EXPECT_EQ(refused_field(parse_quiz_create, quiz(poll, ",\"prepareMs\":-1")), "prepareMs");
  EXPECT_EQ(refused_field(parse_quiz_create,
                          quiz(poll + "," + question("poll", R"(,"options":["a","b"],"y":1)"))),
            "questions.1.y");
  std::string many = poll;
  for (int i = 0; i < 100; ++i) many += "," + poll;
  EXPECT_EQ(refused_field(parse_quiz_create, quiz(many)), "questions");
  const auto same = question(
      "poll", R"(,"options":["a","b"],"questionId":"8b241101-e2bb-4255-8caf-4136c566a962")");
  EXPECT_EQ(refused_field(parse_quiz_create, quiz(same + "," + same)), "questions.1.questionId");
}

// D78: "5" stays a string, and which of the types fits is decided by the question.
TEST(QuizAnswer, KeepsTheTypeThatWasSent) {
  const auto value = [](std::string_view text) {
    auto payload = json::parse(answer(text)).as_object();
    return std::get<QuizAnswer>(parse_quiz_answer(payload)).answer;
  };
  EXPECT_EQ(std::get<std::int64_t>(value("5")), 5);
  EXPECT_EQ(std::get<std::int64_t>(value("-9007199254740991")), -9007199254740991);
  EXPECT_EQ(std::get<std::string>(value("\"5\"")), "5");
  EXPECT_EQ(std::get<std::string>(value("\"a < b\"")), "a < b");
  EXPECT_EQ(std::get<std::vector<std::int64_t>>(value("[1,0]")), (std::vector<std::int64_t>{1, 0}));
  EXPECT_TRUE(std::get<std::vector<std::int64_t>>(value("[]")).empty());
}

// V3
TEST(QuizAnswer, RefusesOtherTypesAndSizes) {
  EXPECT_EQ(refused_field(parse_quiz_answer, answer("1.5")), "answer");
  EXPECT_EQ(refused_field(parse_quiz_answer, answer("true")), "answer");
  EXPECT_EQ(refused_field(parse_quiz_answer, answer("null")), "answer");
  EXPECT_EQ(refused_field(parse_quiz_answer, answer("{}")), "answer");
  EXPECT_EQ(refused_field(parse_quiz_answer, answer("[\"1\"]")), "answer.0");
  EXPECT_EQ(refused_field(parse_quiz_answer, answer("[1,2,3,4,5,6,7,8,9,10,11]")), "answer");
  EXPECT_EQ(refused_field(parse_quiz_answer, answer("\"" + std::string(500, 'x') + "\"")),
            "accepted");
  EXPECT_EQ(refused_field(parse_quiz_answer, answer("\"" + std::string(501, 'x') + "\"")),
            "answer");
  EXPECT_EQ(refused_field(parse_quiz_answer, "{}"), "sessionId");
  EXPECT_EQ(refused_field(parse_quiz_answer, answer("1,\"timestamp\":\"1999-01-01\"")),
            "timestamp");
  EXPECT_EQ(refused_field(parse_quiz_answer, answer("1,\"timestamp\":915148800000")), "accepted");
}

TEST(HostCommand, HasASessionAndPerhapsAVersion) {
  auto payload = json::parse(R"({"sessionId":"3b241101-e2bb-4255-8caf-4136c566a962",)"
                             R"("expectedVersion":3})")
                     .as_object();
  EXPECT_EQ(std::get<HostCommand>(parse_host_command(payload)).expected_version, 3U);
  EXPECT_EQ(refused_field(parse_host_command, "{}"), "sessionId");
  EXPECT_EQ(refused_field(parse_quiz_state, R"({"sessionId":7})"), "sessionId");
}

}  // namespace
}  // namespace lectern::gate
