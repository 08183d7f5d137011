#include "classroom/quiz_views.h"

#include <utility>

#include "classroom/answer.h"
#include "classroom/question_record.h"
#include "classroom/quiz_payloads.h"

namespace lectern::classroom {
namespace {

namespace json = boost::json;

bool is_current_closed(const QuizState& quiz) { return !quiz.current.reason.empty(); }

json::object question_view(const QuizState& quiz, TimeMs now) {
  auto view = question_payload(quiz, quiz.current, quiz.phase_version, now);
  const bool paused = quiz.phase == Phase::paused;
  view["paused"] = paused;
  if (paused) view["remainingMs"] = quiz.current.closes_at - quiz.paused_at;
  return view;
}

json::object listed(const gate::Question& question, std::size_t index) {
  return {{"questionId", question.id->to_string()},
          {"index", index},
          {"kind", gate::name_of(question.kind)},
          {"text", question.text},
          {"points", question.points},
          {"timeLimitMs", question.time_limit_ms}};
}

// The result of the closed current question for a player; null: they never answered anything.
json::value score_view(const QuizState& quiz, const Player* player, const GivenAnswer* answer,
                       std::uint32_t rank) {
  if (player == nullptr) return nullptr;
  const auto& question = quiz.question();
  Score score{std::nullopt, 0, player->total, rank, player->streak};
  if (answer != nullptr) {
    score.right = answer->right;
    score.score = answer->score;
  } else if (question.kind != gate::QuestionKind::poll) {
    score.right = false;
  }
  return score_payload(quiz, question, score);
}

}  // namespace

json::object snapshot(const QuizState& quiz, const Viewer& viewer, TimeMs now) {
  const bool on_screen = quiz.shown() && quiz.phase != Phase::finished;
  const auto known = quiz.player_by_user.find(std::string(viewer.user_id));
  const auto* player = known != quiz.player_by_user.end() ? &quiz.players[known->second] : nullptr;
  const auto* answer = quiz.shown() ? answer_in(quiz, quiz.current, viewer.user_id) : nullptr;
  json::object view{{"sessionId", quiz.id.to_string()},
                    {"roomId", quiz.room.to_string()},
                    {"title", quiz.title},
                    {"version", quiz.phase_version},
                    {"phase", name_of(quiz.phase)},
                    {"questionCount", quiz.questions->size()},
                    {"serverTime", now},
                    {"question", nullptr},
                    {"yourAnswer", nullptr},
                    {"total", player != nullptr ? player->total : 0},
                    {"rank", nullptr},
                    {"streak", player != nullptr ? player->streak : 0},
                    {"leaderboard", nullptr},
                    {"lastResult", nullptr}};
  if (on_screen) view["question"] = question_view(quiz, now);
  if (on_screen && answer != nullptr) view["yourAnswer"] = to_json(answer->answer);
  if (quiz.scored_version != 0) {
    std::uint32_t rank = 1;
    for (const auto& other : quiz.players) rank += player != nullptr && other.total > player->total;
    if (player != nullptr) view["rank"] = rank;
    view["leaderboard"] = leaderboard(quiz);
    if (is_current_closed(quiz)) {
      auto result = closed_payload(quiz, quiz.current, quiz.current.reason, quiz.phase_version);
      result["yourScore"] = score_view(quiz, player, answer, rank);
      view["lastResult"] = std::move(result);
    }
  }
  if (viewer.host) {
    json::array questions;
    for (std::size_t i = 0; i < quiz.questions->size(); ++i) {
      questions.push_back(listed((*quiz.questions)[i], i));
    }
    view["questions"] = std::move(questions);
    auto counts = progress(quiz, viewer.participants);
    view["progress"] = counts ? json::value(std::move(*counts)) : json::value();
  }
  return view;
}

std::optional<json::object> progress(const QuizState& quiz, std::size_t participants) {
  if (!quiz.shown() || quiz.phase == Phase::finished) return std::nullopt;
  json::array answered_by;
  answered_by.reserve(quiz.current.answers.size());
  for (const auto& answer : quiz.current.answers) {
    answered_by.push_back(json::value(quiz.players[answer.player].user_id));
  }
  return json::object{{"sessionId", quiz.id.to_string()},
                      {"questionId", quiz.question().id->to_string()},
                      {"answered", quiz.current.answers.size()},
                      {"participants", participants},
                      {"answeredBy", std::move(answered_by)},
                      {"distribution", distribution(quiz.question(), quiz.current)}};
}

json::object leaderboard(const QuizState& quiz) {
  return leaderboard_payload(quiz, totals_of(quiz), quiz.scored_version);
}

json::object summary(const QuizState& quiz) {
  json::object object{{"sessionId", quiz.id.to_string()},
                      {"roomId", quiz.room.to_string()},
                      {"title", quiz.title},
                      {"phase", name_of(quiz.phase)},
                      {"version", quiz.phase_version},
                      {"questionCount", quiz.questions->size()},
                      {"scoring", gate::name_of(quiz.scoring)},
                      {"streaks", quiz.streaks},
                      {"prepareMs", quiz.prepare_ms},
                      {"createdAt", quiz.created_at},
                      {"creator", {{"userId", quiz.creator_id}, {"username", quiz.creator_name}}}};
  if (quiz.started_at != 0) object["startedAt"] = quiz.started_at;
  if (quiz.finished_at != 0) object["finishedAt"] = quiz.finished_at;
  return object;
}

}  // namespace lectern::classroom
