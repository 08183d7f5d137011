#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gate/payloads.h"

namespace lectern::classroom {

// Tells right answers to one question from wrong ones. The answers are those of read_answer(); the
// question must outlive the judge.
class Judge {
 public:
  explicit Judge(const gate::Question& question);

  // None for a poll: nothing is right or wrong.
  std::optional<bool> right(const gate::Answer& answer) const;

 private:
  const gate::Question& question_;
  std::vector<std::string> spellings_;  // folded, for text
};

// Points for a right answer after `time_ms` (clamped to 0 … limit_ms) of `limit_ms` (> 500),
// without bonus; rounded half up.
//   speed   points × (1 − ½ × max(0, t − 500) / (T − 500))
//   linear  points × (1 − t / T)
//   flat    points
//   none    0
std::int64_t points_for(gate::Scoring scoring, std::int64_t points, std::int64_t time_ms,
                        std::int64_t limit_ms);

// What the `streak`-th right answer in a row adds when a quiz has streaks: 100 for the second, 100
// more for each further one, at most 500; nothing in a quiz or for a question without points.
std::int64_t streak_bonus(gate::Scoring scoring, std::int64_t points, std::uint32_t streak);

}  // namespace lectern::classroom
