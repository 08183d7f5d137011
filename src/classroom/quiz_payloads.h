#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "base/time.h"
#include "classroom/quiz.h"

namespace lectern::classroom {

// The payloads of what a quiz sends; docs/protocol.md, "Events the server sends".

// A player's result of one question.
struct Score {
  std::optional<bool> right;  // none: a poll
  std::int64_t score = 0;
  std::int64_t total = 0;
  std::uint32_t rank = 0;
  std::uint32_t streak = 0;
};

// Ranks totals: 1 for the highest, equal totals share a rank, 1 2 2 4.
class Ranking {
 public:
  explicit Ranking(std::vector<std::int64_t> totals);
  std::uint32_t rank_of(std::int64_t total) const;

 private:
  std::vector<std::int64_t> descending_;
};

// The round in which a question was or is shown; null: it was not shown yet.
const Round* round_of(const QuizState& quiz, std::size_t index);
// The answer of that user in a round; null: none.
const GivenAnswer* answer_in(const QuizState& quiz, const Round& round, std::string_view user_id);
std::vector<std::int64_t> totals_of(const QuizState& quiz);

boost::json::object question_payload(const QuizState& quiz, const Round& round,
                                     std::uint64_t phase_version, TimeMs now);
boost::json::object closed_payload(const QuizState& quiz, const Round& round,
                                   std::string_view reason, std::uint64_t phase_version);
// {questionId, correct, score, newTotal, rank, streak}; the same with sessionId is sent.
boost::json::object score_fields(const gate::Question& question, const Score& score);
boost::json::object score_payload(const QuizState& quiz, const gate::Question& question,
                                  const Score& score);
// `totals` by player.
boost::json::object leaderboard_payload(const QuizState& quiz, std::span<const std::int64_t> totals,
                                        std::uint64_t version);

// Answers per option, [3, 14, 0]; boolean: for false and for true. Number, text, order: the ten
// most frequent answers as [{answer, count}…].
boost::json::array distribution(const gate::Question& question, const Round& round);

}  // namespace lectern::classroom
