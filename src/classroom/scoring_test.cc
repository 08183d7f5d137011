#include "classroom/scoring.h"

#include <gtest/gtest.h>

namespace lectern::classroom {
namespace {

using gate::QuestionKind;
using gate::Scoring;
using Indices = std::vector<std::int64_t>;

std::optional<bool> right(QuestionKind kind, gate::Solution correct, const gate::Answer& answer) {
  gate::Question question;
  question.kind = kind;
  question.correct = std::move(correct);
  return Judge(question).right(answer);
}

// contract, "Quiz": round_half_up(points × (1 − ½ × max(0, t − 500) / (T − 500))).
TEST(Speed, GivesAllPointsForHalfASecondAndHalfOfThemAtTheDeadline) {
  EXPECT_EQ(points_for(Scoring::speed, 1000, 0, 20'000), 1000);
  EXPECT_EQ(points_for(Scoring::speed, 1000, 500, 20'000), 1000);
  EXPECT_EQ(points_for(Scoring::speed, 1000, 10'250, 20'000), 750);
  EXPECT_EQ(points_for(Scoring::speed, 1000, 20'000, 20'000), 500);
}

TEST(Speed, RoundsHalfUp) {
  EXPECT_EQ(points_for(Scoring::speed, 1000, 519, 20'000), 1000);  // 999.51
  EXPECT_EQ(points_for(Scoring::speed, 1000, 520, 20'000), 999);   // 999.487
  EXPECT_EQ(points_for(Scoring::speed, 1, 1000, 1000), 1);         // 0.5
  EXPECT_EQ(points_for(Scoring::speed, 3, 1000, 1000), 2);         // 1.5
  EXPECT_EQ(points_for(Scoring::speed, 10'000, 3'600'000, 3'600'000), 5000);
}

TEST(Speed, TakesTimesOutsideTheQuestionAsItsEnds) {
  EXPECT_EQ(points_for(Scoring::speed, 1000, -5, 1000), 1000);
  EXPECT_EQ(points_for(Scoring::speed, 1000, 5000, 1000), 500);
}

TEST(PointsFor, FallsToNothingWhenLinearAndIgnoresTimeWhenFlat) {
  EXPECT_EQ(points_for(Scoring::linear, 1000, 0, 20'000), 1000);
  EXPECT_EQ(points_for(Scoring::linear, 1000, 5'000, 20'000), 750);
  EXPECT_EQ(points_for(Scoring::linear, 1000, 20'000, 20'000), 0);
  EXPECT_EQ(points_for(Scoring::flat, 1000, 19'999, 20'000), 1000);
  EXPECT_EQ(points_for(Scoring::none, 1000, 0, 20'000), 0);
}

TEST(StreakBonus, GrowsToItsBound) {
  const auto bonus = [](std::uint32_t streak) {
    return streak_bonus(Scoring::speed, 1000, streak);
  };
  EXPECT_EQ(bonus(0), 0);
  EXPECT_EQ(bonus(1), 0);
  EXPECT_EQ(bonus(2), 100);
  EXPECT_EQ(bonus(6), 500);
  EXPECT_EQ(bonus(7), 500);
  EXPECT_EQ(streak_bonus(Scoring::none, 1000, 5), 0);
  EXPECT_EQ(streak_bonus(Scoring::flat, 0, 5), 0);
}

TEST(Judge, ComparesByTheKindOfTheQuestion) {
  EXPECT_EQ(right(QuestionKind::single, gate::IndexSolution{1}, 1), true);
  EXPECT_EQ(right(QuestionKind::single, gate::IndexSolution{1}, 0), false);
  EXPECT_EQ(right(QuestionKind::boolean, true, 1), true);
  EXPECT_EQ(right(QuestionKind::boolean, false, 1), false);
  EXPECT_EQ(right(QuestionKind::boolean, false, 0), true);
  const std::vector<std::uint32_t> indices{0, 2};
  EXPECT_EQ(right(QuestionKind::multiple, indices, Indices{0, 2}), true);
  EXPECT_EQ(right(QuestionKind::multiple, indices, Indices{0}), false);
  EXPECT_EQ(right(QuestionKind::multiple, indices, Indices{0, 1, 2}), false);
  EXPECT_EQ(right(QuestionKind::order, std::vector<std::uint32_t>{2, 0}, Indices{0, 2}), false);
  EXPECT_EQ(right(QuestionKind::poll, {}, 0), std::nullopt);
}

TEST(Judge, ComparesTextsTrimmedAndFolded) {
  const std::vector<std::string> spellings{"Paris", "Lutetia "};
  EXPECT_EQ(right(QuestionKind::text, spellings, " pARIS "), true);
  EXPECT_EQ(right(QuestionKind::text, spellings, "lutetia"), true);
  EXPECT_EQ(right(QuestionKind::text, spellings, "Rome"), false);
}

TEST(Judge, TakesNumbersWithinTheTolerance) {
  EXPECT_EQ(right(QuestionKind::number, gate::NumberSolution{3.5, 0}, "3.50"), true);
  EXPECT_EQ(right(QuestionKind::number, gate::NumberSolution{0.1, 0.2}, "0.3"), true);
  EXPECT_EQ(right(QuestionKind::number, gate::NumberSolution{0.1, 0.2}, "0.31"), false);
  EXPECT_EQ(right(QuestionKind::number, gate::NumberSolution{9007199254740991, 0},
                  std::int64_t{9007199254740990}),
            false);
}

}  // namespace
}  // namespace lectern::classroom
