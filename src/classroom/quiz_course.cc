#include "classroom/quiz_course.h"

#include <cassert>
#include <string>
#include <utility>

#include <boost/json/serialize.hpp>

#include "classroom/scoring.h"

namespace lectern::classroom {

namespace json = boost::json;

std::vector<Score> score_round(const QuizState& quiz) {
  const auto& question = quiz.question();
  const Judge judge(question);
  const bool is_poll = question.kind == gate::QuestionKind::poll;
  std::vector<Score> scores(quiz.players.size());
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const auto& player = quiz.players[i];
    if (!is_poll) scores[i].right = false;
    scores[i].total = player.total;
    scores[i].streak = is_poll ? player.streak : 0;
  }
  for (const auto& given : quiz.current.answers) {
    auto& score = scores[given.player];
    score.right = judge.right(given.answer);
    if (!score.right.value_or(false)) continue;
    score.streak = quiz.players[given.player].streak + 1;
    score.score = points_for(quiz.scoring, question.points, given.time_ms, question.time_limit_ms);
    if (quiz.streaks) score.score += streak_bonus(quiz.scoring, question.points, score.streak);
    score.total += score.score;
  }
  std::vector<std::int64_t> totals;
  totals.reserve(scores.size());
  for (const auto& score : scores) totals.push_back(score.total);
  const Ranking ranking(std::move(totals));
  for (auto& score : scores) score.rank = ranking.rank_of(score.total);
  return scores;
}

Course::Course(const QuizState& quiz, const QuizCommand& command)
    : quiz_(quiz),
      command_(command),
      ids_(command.event_id),
      phase_(quiz.phase),
      phase_version_(quiz.phase_version),
      totals_(totals_of(quiz)),
      scored_version_(quiz.scored_version) {}

bool Course::running() const {
  return phase_ == Phase::preparing || phase_ == Phase::open || phase_ == Phase::paused;
}

void Course::record(std::string_view type, const json::object& payload) {
  decision_.events.push_back(
      {ids_.next(), std::string(type), json::serialize(payload), command_.now});
}

void Course::enter(Phase phase) {
  phase_ = phase;
  ++phase_version_;
}

void Course::tell_room(std::string_view event, json::object payload) {
  decision_.effects.push_back(ToRoom{std::string(event), std::move(payload)});
}

json::object Course::standing() const {
  return {{"sessionId", quiz_.id.to_string()},
          {"version", phase_version_},
          {"phase", name_of(phase_)},
          {"serverTime", command_.now}};
}

void Course::start() {
  record("quiz:started", {{"by", command_.actor.user_id}});
  tell_room("quiz:started", {{"sessionId", quiz_.id.to_string()},
                             {"roomId", quiz_.room.to_string()},
                             {"title", quiz_.title},
                             {"total", quiz_.questions->size()},
                             {"serverTime", command_.now}});
}

void Course::show(std::size_t index) {
  const auto& question = (*quiz_.questions)[index];
  Round round;
  round.index = index;
  round.opens_at = command_.now + quiz_.prepare_ms;
  round.closes_at = round.opens_at + question.time_limit_ms;
  const bool prepares = quiz_.prepare_ms > 0;
  record(prepares ? "quiz:question_prepared" : "quiz:question_opened",
         {{"questionId", question.id->to_string()},
          {"index", index},
          {"opensAt", round.opens_at},
          {"closesAt", round.closes_at}});
  enter(prepares ? Phase::preparing : Phase::open);
  tell_room("quiz:question", question_payload(quiz_, round, phase_version_, command_.now));
  decision_.effects.push_back(DeadlineSet{prepares ? round.opens_at : round.closes_at});
}

void Course::open() {
  const auto& round = quiz_.current;
  const json::object times{{"questionId", quiz_.question().id->to_string()},
                           {"opensAt", round.opens_at},
                           {"closesAt", round.closes_at}};
  auto payload = times;
  payload["index"] = round.index;
  record("quiz:question_opened", payload);
  enter(Phase::open);
  auto opened = standing();
  opened.insert(times.begin(), times.end());
  tell_room("quiz:opened", std::move(opened));
  decision_.effects.push_back(DeadlineSet{round.closes_at});
}

void Course::close(std::string_view reason) {
  assert(running());
  const auto& question = quiz_.question();
  const auto scores = score_round(quiz_);
  json::object closed{{"questionId", question.id->to_string()}};
  const bool by_time = reason == "timeout";
  if (!by_time) closed["reason"] = reason;
  record(by_time ? "quiz:question_timeout" : "quiz:question_closed", closed);
  enter(Phase::closed);
  tell_room("quiz:question_closed", closed_payload(quiz_, quiz_.current, reason, phase_version_));
  for (const auto& given : quiz_.current.answers) {
    json::object payload{{"userId", quiz_.players[given.player].user_id}};
    const auto fields = score_fields(question, scores[given.player]);
    payload.insert(fields.begin(), fields.end());
    record("quiz:score_updated", payload);
  }
  for (std::size_t i = 0; i < scores.size(); ++i) {
    totals_[i] = scores[i].total;
    decision_.effects.push_back(ToUser{quiz_.players[i].user_id, "quiz:score_updated",
                                       score_payload(quiz_, question, scores[i])});
  }
  scored_version_ = quiz_.version + decision_.events.size();
  tell_room("quiz:leaderboard", leaderboard_payload(quiz_, totals_, scored_version_));
}

void Course::pause() {
  record("quiz:paused", {{"pausedAt", command_.now}});
  enter(Phase::paused);
  auto payload = standing();
  payload["questionId"] = quiz_.question().id->to_string();
  payload["remainingMs"] = quiz_.current.closes_at - command_.now;
  tell_room("quiz:paused", std::move(payload));
}

void Course::resume() {
  const auto paused_ms = command_.now - quiz_.paused_at;
  const json::object times{{"opensAt", quiz_.current.opens_at + paused_ms},
                           {"closesAt", quiz_.current.closes_at + paused_ms}};
  record("quiz:resumed", times);
  enter(quiz_.paused_phase);
  auto payload = standing();
  payload["questionId"] = quiz_.question().id->to_string();
  payload.insert(times.begin(), times.end());
  tell_room("quiz:resumed", std::move(payload));
  const bool prepares = phase_ == Phase::preparing;
  decision_.effects.push_back(
      DeadlineSet{paused_ms + (prepares ? quiz_.current.opens_at : quiz_.current.closes_at)});
}

void Course::finish() {
  record("quiz:finished", {{"by", command_.actor.user_id}});
  enter(Phase::finished);
  auto payload = standing();
  const auto leaderboard = leaderboard_payload(quiz_, totals_, scored_version_);
  payload["top"] = leaderboard.at("top");
  payload["participants"] = leaderboard.at("participants");
  tell_room("quiz:finished", std::move(payload));
}

Decision Course::end() {
  decision_.reply = {{"version", phase_version_}, {"phase", name_of(phase_)}};
  return std::move(decision_);
}

}  // namespace lectern::classroom
