#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/array.hpp>

#include "classroom/quiz.h"

namespace lectern::classroom {

// What one player did with one closed question.
struct ResultRow {
  std::string_view user_id;
  std::string_view username;
  const gate::Question* question = nullptr;
  std::size_t index = 0;
  const GivenAnswer* answer = nullptr;  // null: they did not answer
  std::int64_t total = 0;               // after this question
};

// One row for each closed question and each player, in this order; players by first answer. The
// rows point into `quiz`. For hosts.
std::vector<ResultRow> results(const QuizState& quiz);

// [{userId, username, questionId, index, question, answer, correct, timeMs, points, total}…];
// answer and timeMs are null where nothing was answered, correct for a poll.
boost::json::array results_json(const QuizState& quiz);

// The same as RFC 4180, with the header
// userId,username,question,answer,correct,timeMs,points,total. Answers as submitted, several
// indices as "[0,2]"; null is an empty cell. A cell that a spreadsheet would take for a formula
// gets a leading apostrophe.
std::string results_csv(const QuizState& quiz);

}  // namespace lectern::classroom
