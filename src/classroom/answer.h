#pragma once

#include <variant>

#include <boost/json/value.hpp>

#include "classroom/effect.h"
#include "gate/payloads.h"

namespace lectern::classroom {

// An answer in the one spelling that is kept: indices of `multiple` ascend, everything else stays
// as given. Error: VALIDATION_ERROR with field `answer` when its type or range does not fit the
// question: single, poll an index of an option · boolean 0 or 1 · multiple distinct indices, at
// least one · order every index once · number an integer or a decimal number as text, at most 15
// digits before and after the point · text a string that is not blank. Nothing is coerced. (D78)
std::variant<gate::Answer, Failure> read_answer(const gate::Question& question,
                                                const gate::Answer& given);

// Whether two answers that read_answer() returned are the same: numbers by value ("5.0" and 5),
// texts trimmed and case-folded, all else as it is.
bool same_answer(const gate::Question& question, const gate::Answer& a, const gate::Answer& b);

// The value of an answer to a `number` question.
double number_of(const gate::Answer& answer);

// As it is on the wire and in the log.
boost::json::value to_json(const gate::Answer& answer);
std::optional<gate::Answer> answer_of(const boost::json::value& value);

}  // namespace lectern::classroom
