#pragma once

#include <optional>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "gate/payloads.h"

namespace lectern::classroom {

// A question as the log keeps it, its solution included:
// {questionId, kind, text, options, correct, points, timeLimitMs, explanation}.
// Its id must be set.
boost::json::object to_record(const gate::Question& question);

// None: damaged, or it could not be asked (an index that names no option, no time limit …).
std::optional<gate::Question> question_of(const boost::json::value& record);

// `correct` as on the wire: single an index · multiple, order indices · boolean a boolean · number
// a number, or {value, tolerance} where there is a tolerance · text a list of strings · poll null.
boost::json::value to_json(const gate::Solution& solution);

}  // namespace lectern::classroom
