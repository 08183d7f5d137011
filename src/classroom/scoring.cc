#include "classroom/scoring.h"

#include <algorithm>
#include <cfloat>
#include <cmath>

#include "classroom/answer.h"
#include "classroom/case_fold.h"

namespace lectern::classroom {
namespace {

constexpr std::int64_t kFullPointsMs = 500;
constexpr std::int64_t kBonusStep = 100;
constexpr std::int64_t kMostBonus = 500;

// `numerator` / `denominator`, both not negative, rounded half up.
std::int64_t round_half_up(std::int64_t numerator, std::int64_t denominator) {
  return (2 * numerator + denominator) / (2 * denominator);
}

bool same_indices(const std::vector<std::uint32_t>& right, const std::vector<std::int64_t>& given) {
  return std::equal(right.begin(), right.end(), given.begin(), given.end(),
                    [](std::uint32_t a, std::int64_t b) { return std::int64_t{a} == b; });
}

bool within(const gate::NumberSolution& solution, double number) {
  // 0.3 is within 0.2 of 0.1, although their difference in binary is a little more.
  const double slack =
      solution.tolerance > 0 ? 4 * DBL_EPSILON * (std::abs(number) + solution.tolerance) : 0;
  return std::abs(number - solution.value) <= solution.tolerance + slack;
}

}  // namespace

Judge::Judge(const gate::Question& question) : question_(question) {
  if (const auto* spellings = std::get_if<std::vector<std::string>>(&question.correct)) {
    for (const auto& spelling : *spellings) spellings_.push_back(fold_case(spelling));
  }
}

std::optional<bool> Judge::right(const gate::Answer& answer) const {
  const auto& correct = question_.correct;
  if (const auto* index = std::get_if<gate::IndexSolution>(&correct)) {
    return answer == gate::Answer(std::int64_t{index->index});
  }
  if (const auto* truth = std::get_if<bool>(&correct)) {
    return answer == gate::Answer(std::int64_t{*truth ? 1 : 0});
  }
  if (const auto* indices = std::get_if<std::vector<std::uint32_t>>(&correct)) {
    const auto* given = std::get_if<std::vector<std::int64_t>>(&answer);
    return given != nullptr && same_indices(*indices, *given);
  }
  if (const auto* number = std::get_if<gate::NumberSolution>(&correct)) {
    return within(*number, number_of(answer));
  }
  if (std::holds_alternative<std::monostate>(correct)) return std::nullopt;
  const auto* text = std::get_if<std::string>(&answer);
  if (text == nullptr) return false;
  return std::find(spellings_.begin(), spellings_.end(), fold_case(*text)) != spellings_.end();
}

std::int64_t points_for(gate::Scoring scoring, std::int64_t points, std::int64_t time_ms,
                        std::int64_t limit_ms) {
  const auto time = std::clamp<std::int64_t>(time_ms, 0, limit_ms);
  switch (scoring) {
    case gate::Scoring::speed: {
      const auto slope = limit_ms - kFullPointsMs;
      const auto late = std::max<std::int64_t>(0, time - kFullPointsMs);
      return round_half_up(points * (2 * slope - late), 2 * slope);
    }
    case gate::Scoring::linear: return round_half_up(points * (limit_ms - time), limit_ms);
    case gate::Scoring::flat: return points;
    case gate::Scoring::none: break;
  }
  return 0;
}

std::int64_t streak_bonus(gate::Scoring scoring, std::int64_t points, std::uint32_t streak) {
  if (scoring == gate::Scoring::none || points == 0 || streak < 2) return 0;
  return std::min(kMostBonus, kBonusStep * (std::int64_t{streak} - 1));
}

}  // namespace lectern::classroom
