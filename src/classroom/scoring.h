#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include <boost/json/value.hpp>

#include "classroom/effect.h"
#include "gate/payloads.h"

namespace lectern::classroom {

// An answer in the one spelling that equal answers share: indices of `multiple` ascend, texts are
// trimmed, numbers typed as text stay text. Error: VALIDATION_ERROR with field `answer` when its
// type or range does not fit the question. (D78)
std::variant<gate::Answer, Failure> read_answer(const gate::Question& question,
                                                const gate::Answer& given);

// Whether two answers that read_answer() returned are the same: numbers by value ("5.0" and 5),
// texts trimmed and case-folded, all else as it is.
bool same_answer(const gate::Question& question, const gate::Answer& a, const gate::Answer& b);

// Whether an answer that read_answer() returned is right. None for a poll.
std::optional<bool> is_right(const gate::Question& question, const gate::Answer& answer);

// Points for a right answer after `time_ms` of `limit_ms` (> 500), without bonus; rounded half up.
//   speed   points × (1 − ½ × max(0, t − 500) / (T − 500))
//   linear  points × (1 − t / T)
//   flat    points
//   none    0
std::int64_t points_for(gate::Scoring scoring, std::int64_t points, std::int64_t time_ms,
                        std::int64_t limit_ms);

// What the `streak`-th right answer in a row adds when a quiz has streaks: 100 for the second, 100
// more for each further one, at most 500; nothing in a quiz or for a question without points.
std::int64_t streak_bonus(gate::Scoring scoring, std::int64_t points, std::uint32_t streak);

// As it is on the wire and in the log.
boost::json::value to_json(const gate::Answer& answer);
boost::json::value to_json(const gate::Solution& solution);

}  // namespace lectern::classroom
