#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include <boost/json/object.hpp>

#include "base/time.h"
#include "classroom/quiz.h"

namespace lectern::classroom {

// What a quiz looks like from outside. None of these tells the solution of a question that is not
// closed, whoever asks.

// Whom a snapshot is for.
struct Viewer {
  std::string_view user_id;
  bool host = false;
  std::size_t participants = 0;  // hosts: as for progress()
};

// The answer to quiz:state and `quiz` in a join's answer, complete in every phase (B10):
//   {sessionId, roomId, title, version, phase, questionCount, serverTime,
//    question: the last quiz:question with `paused` (and `remainingMs` while paused), also after
//      its close; null in lobby and finished,
//    yourAnswer: the answer given to it or null, total: points so far, rank or null, streak,
//    leaderboard: as quiz:leaderboard, or null before the first close,
//    lastResult: in closed and finished the last quiz:question_closed with
//      yourScore: as quiz:score_updated, or null for somebody who never answered; else null}
// and for hosts: questions: [{questionId, index, kind, text, points, timeLimitMs}…],
//    progress: as quiz:progress, or null when no question is shown.
boost::json::object snapshot(const QuizState& quiz, const Viewer& viewer, TimeMs now);

// quiz:progress {sessionId, questionId, answered, participants, answeredBy, distribution}, of the
// current question. `participants` is how many could answer: the caller counts the users in the
// room who are not hosts. Absolute values (B1). None in lobby and finished.
std::optional<boost::json::object> progress(const QuizState& quiz, std::size_t participants);

// quiz:leaderboard {sessionId, version, top: [{rank, userId, username, total}…], participants}.
// At most ten; equal totals share a rank and stand in the order of their first answers.
// `participants` counts players: users who answered at least once.
boost::json::object leaderboard(const QuizState& quiz);

// For lists: {sessionId, roomId, title, phase, version, questionCount, scoring, streaks, prepareMs,
// createdAt, startedAt?, finishedAt?, creator: {userId, username}}.
boost::json::object summary(const QuizState& quiz);

}  // namespace lectern::classroom
