#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include <boost/json/object.hpp>

#include "base/time.h"
#include "base/uuid.h"
#include "classroom/effect.h"
#include "events/event.h"
#include "gate/payloads.h"

namespace lectern::classroom {

//                       ┌──────────── next ────────────┐
//                       ▼                              │
//   lobby ─ start ─▶ preparing ─ OpenDue ─▶ open ─ CloseDue, close_question ─▶ closed
//                       │    └─ pause ─▶ paused ◀─ pause ─┘                      │
//                       │                  └─ resume ─▶ preparing or open        │
//                       └───────── every phase: end, or next after the last ─────┴─▶ finished
//
// Without prepareMs a question goes straight to open. `next` closes what is not closed yet.
enum class Phase { lobby, preparing, open, paused, closed, finished };
std::string_view name_of(Phase phase);

struct Player {
  std::string user_id;
  std::string username;  // as of their last answer
  std::int64_t total = 0;
  std::uint32_t streak = 0;  // right answers in a row up to the last closed question
};

// One player's answer to one question. What is below the line is known after the close.
struct GivenAnswer {
  std::uint32_t player = 0;  // index into QuizState::players
  gate::Answer answer;
  TimeMs received_at = 0;
  std::int64_t time_ms = 0;  // since the opening, pauses not counted

  std::optional<bool> right;  // none: a poll
  std::int64_t score = 0;
  std::int64_t total = 0;
  std::uint32_t rank = 0;
  std::uint32_t streak = 0;
};

// A question that was shown: when, and what was answered.
struct Round {
  std::size_t index = 0;
  TimeMs opens_at = 0;   // moved by pauses, so closes_at - opens_at is always the time limit
  TimeMs closes_at = 0;  // answers received at or before it are in time
  std::string reason;    // "timeout", "host"; empty while it is not closed
  std::vector<GivenAnswer> answers;                          // in the order of arrival
  std::unordered_map<std::uint32_t, std::size_t> by_player;  // index into answers
  std::vector<std::uint32_t> counts;  // answers per option; empty for number, text, order
};

// A quiz session as a fold over the events of its aggregate. A value; a copy is linear in the
// players and the answers to the current question: questions and closed rounds are shared.
struct QuizState {
  std::uint64_t version = 0;        // events folded; 0: the session does not exist
  std::uint64_t phase_version = 0;  // phase changes: `version` and `expectedVersion` on the wire
  Uuid id;
  Uuid room;
  std::string title;
  std::string creator_id;
  std::string creator_name;
  gate::Scoring scoring = gate::Scoring::speed;
  bool streaks = false;
  std::int64_t prepare_ms = 0;
  TimeMs created_at = 0;
  TimeMs started_at = 0;
  TimeMs finished_at = 0;
  std::shared_ptr<const std::vector<gate::Question>> questions;  // every id is set

  Phase phase = Phase::lobby;
  Phase paused_phase = Phase::open;  // what a pause interrupted
  TimeMs paused_at = 0;
  std::size_t asked = 0;  // questions shown so far; the index of the last is one less
  Round current;          // meaningless in lobby
  std::vector<std::shared_ptr<const Round>> rounds;  // those before it, by index
  std::uint64_t scored_version = 0;                  // `version` of the leaderboard

  std::vector<Player> players;  // who answered at least once, in the order of their first answer
  std::unordered_map<std::string, std::uint32_t> player_by_user;

  bool exists() const { return version != 0; }
  bool shown() const { return asked != 0; }
  // The one that `current` is about; shown() must hold.
  const gate::Question& question() const { return (*questions)[current.index]; }
};

struct CreateQuiz {
  gate::QuizCreate wanted;
  Uuid session;                    // Uuid::random_beside(room), drawn by the caller
  std::vector<Uuid> question_ids;  // one for each question, used where none was given
};
enum class HostAction { start, next, close_question, pause, resume, end };
struct RunQuiz {
  HostAction action{};
  std::optional<std::uint64_t> expected_version;
};
struct AnswerQuestion {
  Uuid question;
  gate::Answer answer;
  TimeMs received_at = 0;  // stamped by the shard that read the frame
};
struct TimePassed {};  // a deadline is due; `actor` is not looked at

// One command to a quiz session. `host` is is_host() of the room; the facts' defaults deny.
struct QuizCommand {
  Actor actor;
  bool host = false;
  bool room_closed = false;
  TimeMs now = 0;
  Uuid event_id;
  std::variant<CreateQuiz, RunQuiz, AnswerQuestion, TimePassed> what;
};

// Decides on the head. Replies:
//   CreateQuiz      {sessionId, questionIds}; FORBIDDEN, ROOM_CLOSED, CONFLICT when it exists
//   RunQuiz         {version, phase}; FORBIDDEN, ROOM_CLOSED (start, next, resume), CONFLICT with
//                   actualVersion when another version is expected or the phase does not allow it.
//                   A double click with one expectedVersion acts once (2.4 of the product page)
//   AnswerQuestion  {accepted: true, receivedAt}; NOT_A_MEMBER, NOT_FOUND, VALIDATION_ERROR,
//                   DUPLICATE_ANSWER, QUIZ_NOT_OPEN, LATE_ANSWER. The same answer again is
//                   answered as the first time, also after the close, without an event
//   TimePassed      {}; opens or closes what is due at `now`, else does nothing
// All but CreateQuiz: NOT_FOUND when there is no session.
//
// Closing is one decision: quiz:question_timeout (or quiz:question_closed) and one
// quiz:score_updated for each answer. Effects of a close: quiz:question_closed to the room,
// quiz:score_updated to every player alone (to those who did not answer with correct false and
// score 0, so that they know their rank), quiz:leaderboard to the room. docs/protocol.md has the
// shape of every payload; `version` in quiz:leaderboard is the version of the last event it
// reflects, in all others the phase version.
[[nodiscard]] Decision decide(const QuizState& quiz, const QuizCommand& command);

// Folds one event. False: the payload is damaged or the version leaves a gap; the state is then
// unspecified and the aggregate must not be used. Types that it does not know only count.
[[nodiscard]] bool evolve(QuizState& quiz, const events::NewEvent& event);
[[nodiscard]] bool evolve(QuizState& quiz, const events::DomainEvent& event);

// When TimePassed is due next; none: nothing to wait for. After a replay as well: the instant is
// in the log. (B9) Leave a round of mailboxes (50 ms at most) after it for answers under way.
std::optional<TimeMs> next_deadline(const QuizState& quiz);

// The reply that a quiz:answer_submitted event stands for; none: damaged, or another event.
std::optional<boost::json::object> answer_reply(const events::DomainEvent& event);

}  // namespace lectern::classroom
