#include <algorithm>
#include <limits>
#include <utility>

#include "classroom/answer.h"
#include "classroom/question_record.h"
#include "classroom/quiz.h"
#include "classroom/record.h"

namespace lectern::classroom {
namespace {

bool created(QuizState& quiz, Record& record, TimeMs timestamp) {
  if (quiz.exists()) return false;
  quiz.id = record.uuid("sessionId");
  quiz.room = record.uuid("roomId");
  quiz.title = record.string("title");
  const auto scoring = gate::scoring(record.string("scoring"));
  quiz.scoring = scoring.value_or(gate::Scoring::speed);
  quiz.streaks = record.boolean("streaks");
  quiz.prepare_ms = record.instant("prepareMs");
  quiz.created_at = timestamp;
  Record creator(record.value("creator"));
  quiz.creator_id = creator.string("userId");
  quiz.creator_name = creator.string("username");
  std::vector<gate::Question> questions;
  for (const auto& entry : record.array("questions")) {
    auto question = question_of(entry);
    if (!question) return false;
    questions.push_back(std::move(*question));
  }
  if (questions.empty() || !scoring) return false;
  quiz.questions = std::make_shared<const std::vector<gate::Question>>(std::move(questions));
  return record.good() && creator.good();
}

std::size_t options_to_count(const gate::Question& question) {
  switch (question.kind) {
    case gate::QuestionKind::single:
    case gate::QuestionKind::multiple:
    case gate::QuestionKind::poll: return question.options.size();
    case gate::QuestionKind::boolean: return 2;
    case gate::QuestionKind::number:
    case gate::QuestionKind::text:
    case gate::QuestionKind::order: break;
  }
  return 0;
}

// quiz:question_prepared, and quiz:question_opened without one before it.
bool shown(QuizState& quiz, Record& record, Phase phase) {
  const auto index = record.natural("index");
  const auto id = record.uuid("questionId");
  Round round;
  round.opens_at = record.instant("opensAt");
  round.closes_at = record.instant("closesAt");
  if (!record.good() || (quiz.phase != Phase::lobby && quiz.phase != Phase::closed)) return false;
  if (index != quiz.asked || index >= quiz.questions->size()) return false;
  if (quiz.phase == Phase::closed) {
    quiz.rounds.push_back(std::make_shared<const Round>(std::move(quiz.current)));
  }
  round.index = index;
  quiz.asked = index + 1;
  quiz.current = std::move(round);
  quiz.current.counts.assign(options_to_count(quiz.question()), 0);
  quiz.phase = phase;
  ++quiz.phase_version;
  return quiz.question().id == id;
}

bool opened(QuizState& quiz, Record& record) {
  if (quiz.phase != Phase::preparing) return shown(quiz, record, Phase::open);
  quiz.phase = Phase::open;
  ++quiz.phase_version;
  return record.uuid("questionId") == quiz.question().id && record.good();
}

// Whether the event is about the question that is shown.
bool is_current(const QuizState& quiz, Record& record) {
  const auto id = record.uuid("questionId");
  return record.good() && quiz.shown() && quiz.question().id == id;
}

bool is_running(const QuizState& quiz) {
  return quiz.phase == Phase::preparing || quiz.phase == Phase::open || quiz.phase == Phase::paused;
}

std::uint32_t player_for(QuizState& quiz, std::string_view user_id, std::string_view username) {
  const auto [entry, added] = quiz.player_by_user.emplace(
      std::string(user_id), static_cast<std::uint32_t>(quiz.players.size()));
  if (added) quiz.players.push_back({std::string(user_id), {}, 0, 0});
  quiz.players[entry->second].username = username;
  return entry->second;
}

void count_answer(Round& round, const gate::Answer& answer) {
  if (round.counts.empty()) return;
  if (const auto* index = std::get_if<std::int64_t>(&answer)) {
    ++round.counts[static_cast<std::size_t>(*index)];
  } else if (const auto* indices = std::get_if<std::vector<std::int64_t>>(&answer)) {
    for (const auto entry : *indices) ++round.counts[static_cast<std::size_t>(entry)];
  }
}

bool answered(QuizState& quiz, Record& record) {
  const auto user_id = record.string("userId");
  const auto username = record.string("username");
  const auto given = answer_of(record.value("answer"));
  GivenAnswer answer;
  answer.received_at = record.instant("receivedAt");
  answer.time_ms = record.instant("timeMs");
  if (!is_current(quiz, record) || !is_running(quiz) || !given) return false;
  auto read = read_answer(quiz.question(), *given);
  if (std::holds_alternative<Failure>(read)) return false;
  answer.answer = std::move(std::get<gate::Answer>(read));
  answer.player = player_for(quiz, user_id, username);
  auto& round = quiz.current;
  if (!round.by_player.emplace(answer.player, round.answers.size()).second) return false;
  count_answer(round, answer.answer);
  round.answers.push_back(std::move(answer));
  return true;
}

bool closed(QuizState& quiz, Record& record, std::string_view reason) {
  if (!is_current(quiz, record) || !is_running(quiz) || reason.empty()) return false;
  quiz.current.reason = reason;
  quiz.phase = Phase::closed;
  ++quiz.phase_version;
  quiz.scored_version = quiz.version + 1;
  if (quiz.question().kind == gate::QuestionKind::poll) return true;
  for (std::uint32_t player = 0; player < quiz.players.size(); ++player) {
    if (quiz.current.by_player.count(player) == 0) quiz.players[player].streak = 0;
  }
  return true;
}

bool scored(QuizState& quiz, Record& record) {
  const auto player = quiz.player_by_user.find(std::string(record.string("userId")));
  const auto rank = record.natural("rank");
  const auto streak = record.natural("streak");
  const auto score = record.instant("score");
  const auto total = record.instant("newTotal");
  const auto& right = record.value("correct");
  if (!is_current(quiz, record) || quiz.phase != Phase::closed) return false;
  if (player == quiz.player_by_user.end() || (!right.is_bool() && !right.is_null())) return false;
  const auto found = quiz.current.by_player.find(player->second);
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint32_t>::max();
  if (found == quiz.current.by_player.end() || rank > kMost || streak > kMost) return false;
  auto& answer = quiz.current.answers[found->second];
  if (right.is_bool()) answer.right = right.get_bool();
  answer.score = score;
  answer.total = total;
  answer.rank = static_cast<std::uint32_t>(rank);
  answer.streak = static_cast<std::uint32_t>(streak);
  quiz.players[player->second].total = total;
  quiz.players[player->second].streak = answer.streak;
  quiz.scored_version = quiz.version + 1;
  return true;
}

bool paused(QuizState& quiz, Record& record) {
  if (quiz.phase != Phase::preparing && quiz.phase != Phase::open) return false;
  quiz.paused_at = record.instant("pausedAt");
  quiz.paused_phase = std::exchange(quiz.phase, Phase::paused);
  ++quiz.phase_version;
  return record.good();
}

bool resumed(QuizState& quiz, Record& record) {
  if (quiz.phase != Phase::paused) return false;
  quiz.current.opens_at = record.instant("opensAt");
  quiz.current.closes_at = record.instant("closesAt");
  quiz.phase = quiz.paused_phase;
  ++quiz.phase_version;
  return record.good();
}

bool finished(QuizState& quiz, TimeMs timestamp) {
  if (is_running(quiz) || quiz.phase == Phase::finished) return false;
  quiz.phase = Phase::finished;
  quiz.finished_at = timestamp;
  ++quiz.phase_version;
  return true;
}

bool apply(QuizState& quiz, std::string_view type, std::string_view payload, TimeMs timestamp) {
  Record record(payload);
  if (type == "quiz:created") return created(quiz, record, timestamp);
  if (!quiz.exists()) return false;
  if (type == "quiz:answer_submitted") return answered(quiz, record);
  if (type == "quiz:score_updated") return scored(quiz, record);
  if (type == "quiz:question_prepared") return shown(quiz, record, Phase::preparing);
  if (type == "quiz:question_opened") return opened(quiz, record);
  if (type == "quiz:question_timeout") return closed(quiz, record, "timeout");
  if (type == "quiz:question_closed") return closed(quiz, record, record.string("reason"));
  if (type == "quiz:paused") return paused(quiz, record);
  if (type == "quiz:resumed") return resumed(quiz, record);
  if (type == "quiz:finished") return finished(quiz, timestamp);
  if (type == "quiz:started") quiz.started_at = timestamp;
  return true;
}

template <class Event>
bool fold(QuizState& quiz, const Event& event) {
  const bool folded = apply(quiz, event.type, event.payload, event.timestamp);
  ++quiz.version;
  return folded;
}

}  // namespace

bool evolve(QuizState& quiz, const events::NewEvent& event) { return fold(quiz, event); }

bool evolve(QuizState& quiz, const events::DomainEvent& event) {
  return event.version == quiz.version + 1 && fold(quiz, event);
}

}  // namespace lectern::classroom
