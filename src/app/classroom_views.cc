// What HTTP shows of rooms and quizzes, and the operator's own events.

#include <algorithm>
#include <numeric>
#include <utility>

#include "app/actor.h"
#include "app/classroom_shard.h"
#include "app/environment.h"
#include "classroom/question_record.h"
#include "classroom/quiz_views.h"
#include "classroom/results.h"

namespace lectern::app {
namespace {

constexpr TimeMs kMinute = 60'000;

// Messages in the last minute.
std::size_t message_rate(const LiveRoom& room, TimeMs now) {
  const auto held = room.history.page({{}, {}, room.history.size()});
  return static_cast<std::size_t>(
      std::count_if(held.messages.begin(), held.messages.end(),
                    [&](const auto* message) { return message->timestamp > now - kMinute; }));
}

// Milliseconds that the answers to the question shown last took on average; 0: none.
std::int64_t response_time(const classroom::QuizState& quiz) {
  const auto& answers = quiz.current.answers;
  if (answers.empty()) return 0;
  const auto sum = std::accumulate(
      answers.begin(), answers.end(), std::int64_t{0},
      [](std::int64_t total, const auto& answer) { return total + answer.time_ms; });
  return sum / static_cast<std::int64_t>(answers.size());
}

}  // namespace

void ClassroomShard::list_rooms(const Caller& caller, boost::json::array& rooms) const {
  const auto actor = actor_of(caller);
  for (const auto& [id, room] : rooms_) {
    const auto& state = room->state.committed();
    const bool host = classroom::is_host(state, actor);
    if (state.closed || (!host && !room->presence.contains(actor.user_id))) continue;
    rooms.push_back(view_of(*room, host));
  }
}

boost::json::object ClassroomShard::view_of(const LiveRoom& room, bool host) const {
  auto view = classroom::describe(room.state.committed(), host);
  view["participants"] = room.presence.participants();
  view["messageRate"] = message_rate(room, environment_.clock.now());
  const auto* quiz = running_quiz(room);
  view["avgResponseTime"] = quiz ? response_time(quiz->state.committed()) : 0;
  return view;
}

Outcome ClassroomShard::show_room(const Caller& caller, const Uuid& id) const {
  const auto* room = find_room(id);
  if (!room || !room->state.committed().exists()) {
    return no_room();
  }
  const auto actor = actor_of(caller);
  const bool host = classroom::is_host(room->state.committed(), actor);
  if (!host && !room->presence.contains(actor.user_id)) {
    return failure_of(classroom::not_a_member());
  }
  return view_of(*room, host);
}

void ClassroomShard::list_quizzes(const Caller& caller, const std::optional<Uuid>& only,
                                  boost::json::array& quizzes) const {
  const auto actor = actor_of(caller);
  for (const auto& [id, room] : rooms_) {
    if ((only && *only != id) || !classroom::is_host(room->state.committed(), actor)) continue;
    for (const auto& session : room->sessions) {
      if (const auto* quiz = find_quiz(session)) {
        quizzes.push_back(classroom::summary(quiz->state.committed()));
      }
    }
  }
  list_sleeping(actor, only, quizzes);
}

Outcome ClassroomShard::show_quiz(const Caller& caller, const Uuid& session) const {
  const auto* quiz = find_quiz(session);
  const auto* room = quiz ? find_room(quiz->room) : nullptr;
  if (!room || !quiz->state.committed().exists()) return no_session();
  const auto& state = quiz->state.committed();
  const auto actor = actor_of(caller);
  const bool host = classroom::is_host(room->state.committed(), actor);
  if (!host && !room->presence.contains(actor.user_id)) {
    return failure_of(classroom::not_a_member());
  }
  auto view = classroom::snapshot(state, {actor.user_id, host, possible_players(*room)},
                                  environment_.clock.now());
  if (!host) return view;
  boost::json::array questions;
  for (const auto& question : *state.questions) {
    auto record = classroom::to_record(question);
    record["index"] = questions.size();
    questions.push_back(std::move(record));
  }
  view["questions"] = std::move(questions);
  return view;
}

HttpResponse ClassroomShard::show_results(const Caller& caller, const Uuid& session,
                                          bool csv) const {
  const auto* quiz = find_quiz(session);
  const auto* room = quiz ? find_room(quiz->room) : nullptr;
  if (!room || !quiz->state.committed().exists()) return error_response(no_session());
  const auto& state = quiz->state.committed();
  if (!classroom::is_host(room->state.committed(), actor_of(caller))) {
    return error_response(failure_of(classroom::forbidden()));
  }
  if (!csv) {
    return json_response(200, {{"sessionId", session.to_string()},
                               {"title", state.title},
                               {"results", classroom::results_json(state)}});
  }
  return {200,
          {{"Content-Type", "text/csv; charset=utf-8"},
           {"Content-Disposition", "attachment; filename=\"results.csv\""},
           {"Cache-Control", "no-store"}},
          classroom::results_csv(state),
          {}};
}

Outcome ClassroomShard::emit(const Uuid& id, std::string_view event, const boost::json::value& data,
                             std::string_view idempotency_key) {
  const auto* room = find_room(id);
  if (!room || !room->state.committed().exists()) {
    return no_room();
  }
  if (room->state.committed().closed) return failure_of(classroom::room_closed());
  const auto key = room->name + '\n' + std::string(idempotency_key);
  if (const auto earlier = emitted_.find(key);
      !idempotency_key.empty() && earlier != emitted_.end()) {
    return earlier->second;
  }
  environment_.server.emit_to_room("/", room->name, event, data);
  boost::json::object answer{{"ok", true}, {"timestamp", environment_.clock.now()}};
  if (!idempotency_key.empty()) emitted_.insert_or_assign(key, answer);
  return answer;
}

}  // namespace lectern::app
