#include "classroom/question_record.h"

#include <gtest/gtest.h>

#include "classroom/quiz_script.h"

namespace lectern::classroom {
namespace {

using gate::QuestionKind;

gate::Question numbered_question(QuestionKind kind, std::vector<std::string> options,
                                 gate::Solution correct) {
  auto made = question(kind, "Why?", std::move(options), std::move(correct));
  made.id = numbered(5);
  made.explanation = "Because.";
  return made;
}

TEST(QuestionRecord, KeepsQuestionsOfEveryKind) {
  const std::vector<std::string> three{"a", "b", "c"};
  const std::vector<gate::Question> questions{
      numbered_question(QuestionKind::single, three, gate::IndexSolution{2}),
      numbered_question(QuestionKind::multiple, three, std::vector<std::uint32_t>{0, 2}),
      numbered_question(QuestionKind::boolean, {}, false),
      numbered_question(QuestionKind::boolean, {"no", "yes"}, true),
      numbered_question(QuestionKind::number, {}, gate::NumberSolution{-3, 0}),
      numbered_question(QuestionKind::number, {}, gate::NumberSolution{2.5, 0.25}),
      numbered_question(QuestionKind::text, {}, std::vector<std::string>{"x", "y"}),
      numbered_question(QuestionKind::order, three, std::vector<std::uint32_t>{2, 0, 1}),
      numbered_question(QuestionKind::poll, three, {})};
  for (const auto& entry : questions) {
    const auto kept = boost::json::serialize(to_record(entry));
    const auto read = question_of(boost::json::parse(kept));
    ASSERT_TRUE(read) << kept;
    EXPECT_EQ(boost::json::serialize(to_record(*read)), kept);
  }
  EXPECT_EQ(
      boost::json::serialize(to_record(questions[0])),
      R"({"questionId":"00000000-0000-4000-8000-000000000005","kind":"single","text":"Why?","options":["a","b","c"],"correct":2,"points":1000,"timeLimitMs":20000,"explanation":"Because."})");
}

TEST(QuestionRecord, RefusesWhatCouldNotBeAsked) {
  const auto good = to_record(
      numbered_question(QuestionKind::multiple, {"a", "b"}, std::vector<std::uint32_t>{1}));
  const std::pair<const char*, const char*> faults[] = {{"questionId", "\"x\""},
                                                        {"kind", "\"essay\""},
                                                        {"text", "1"},
                                                        {"options", "[\"a\"]"},
                                                        {"options", "[1,2]"},
                                                        {"correct", "[2]"},
                                                        {"correct", "[-1]"},
                                                        {"correct", "[]"},
                                                        {"correct", "null"},
                                                        {"points", "-1"},
                                                        {"points", "4294967296"},
                                                        {"timeLimitMs", "0"},
                                                        {"timeLimitMs", "9007199254740991"},
                                                        {"explanation", "null"}};
  for (const auto& [key, value] : faults) {
    auto record = good;
    record[key] = boost::json::parse(value);
    EXPECT_FALSE(question_of(record)) << key << value;
    record.erase(key);
    EXPECT_FALSE(question_of(record)) << key;
  }
  EXPECT_FALSE(question_of(nullptr));
}

}  // namespace
}  // namespace lectern::classroom
