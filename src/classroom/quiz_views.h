#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "base/time.h"
#include "classroom/quiz.h"

namespace lectern::classroom {

// What a quiz looks like from outside. None of these tells the solution of a question that is not
// closed.

// Whom a snapshot is for.
struct Viewer {
  std::string_view user_id;
  bool host = false;
  std::size_t participants = 0;  // hosts: players who could answer now, as in progress()
};

// The answer to quiz:state and `quiz` in a join's answer, complete for every phase (B10):
//   {sessionId, roomId, title, version, phase, questionCount, serverTime,
//    question: the last quiz:question with `paused` (and `remainingMs` while paused) or null in
//      lobby and finished,
//    yourAnswer: the answer given to it or null, total: points so far, rank or null, streak,
//    leaderboard: as quiz:leaderboard, or null before the first close,
//    lastResult: in closed and finished the last quiz:question_closed with
//      yourScore: as quiz:score_updated, or null for somebody who never answered; else null}
// and for hosts: questions: [{questionId, index, kind, text, points, timeLimitMs}…],
//    progress: as quiz:progress, or null when no question is shown.
boost::json::object snapshot(const QuizState& quiz, const Viewer& viewer, TimeMs now);

// quiz:progress {sessionId, questionId, answered, participants, answeredBy, distribution}, of the
// current question. `participants` is how many could answer: the caller counts the users in the
// room who are not hosts. Absolute values (B1). None outside preparing, open, paused, closed.
std::optional<boost::json::object> progress(const QuizState& quiz, std::size_t participants);

// quiz:leaderboard {sessionId, version, top: [{rank, userId, username, total}…], participants}.
// At most ten; equal totals share a rank and stand in the order of their first answers.
// `participants` counts players: users who answered at least once.
boost::json::object leaderboard(const QuizState& quiz);

// For lists: {sessionId, roomId, title, phase, version, questionCount, scoring, streaks, createdAt,
// startedAt?, finishedAt?, creator: {userId, username}}.
boost::json::object summary(const QuizState& quiz);

// One row for each player and closed question, by question, then by first answer.
struct ResultRow {
  std::string_view user_id;
  std::string_view username;
  const gate::Question* question = nullptr;
  std::size_t index = 0;
  const GivenAnswer* answer = nullptr;  // null: they did not answer
  std::int64_t total = 0;               // after this question
};
std::vector<ResultRow> results(const QuizState& quiz);  // views into `quiz`

// [{userId, username, questionId, index, question, answer, correct, timeMs, points, total}…];
// answer, correct and timeMs are null where there is none.
boost::json::array results_json(const QuizState& quiz);

// The same as RFC 4180, with the header
// userId,username,question,answer,correct,timeMs,points,total. Indices as numbers, several as
// "0;2". A cell that a spreadsheet would take for a formula gets a leading '.
std::string results_csv(const QuizState& quiz);

}  // namespace lectern::classroom
