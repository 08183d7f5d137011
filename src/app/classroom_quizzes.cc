// Requests about quizzes, their deadlines and their progress, at the session's owner.

#include <algorithm>
#include <cassert>
#include <chrono>
#include <utility>

#include "app/actor.h"
#include "app/classroom_shard.h"
#include "app/closing_round.h"
#include "app/environment.h"
#include "classroom/quiz_views.h"

namespace lectern::app {
namespace {

constexpr TimeMs kProgressInterval = 250;  // quiz:progress at most four times a second
constexpr TimeMs kShownAfterEnd = 600'000;

constexpr std::pair<std::string_view, classroom::HostAction> kHostActions[] = {
    {"quiz:start", classroom::HostAction::start},
    {"quiz:next", classroom::HostAction::next},
    {"quiz:close_question", classroom::HostAction::close_question},
    {"quiz:pause", classroom::HostAction::pause},
    {"quiz:resume", classroom::HostAction::resume},
    {"quiz:end", classroom::HostAction::end}};

classroom::HostAction host_action(std::string_view event) {
  for (const auto& [name, action] : kHostActions) {
    if (name == event) return action;
  }
  return classroom::HostAction::start;
}

}  // namespace

void ClassroomShard::handle(const RequestPtr& request, gate::QuizCreate& wanted) {
  const auto* room = room_for(request, wanted.room);
  if (!room) return;
  if (!room->state.head().exists()) {
    return answer(*request, no_room());
  }
  const auto session = Uuid::random_beside(room->id);
  std::vector<Uuid> question_ids(wanted.questions.size());
  std::generate(question_ids.begin(), question_ids.end(), Uuid::random);
  auto& quiz = quizzes_[session];
  quiz = std::make_unique<LiveQuiz>();
  quiz->room = room->id;
  decide_quiz(request, session, *quiz,
              classroom::CreateQuiz{std::move(wanted), session, std::move(question_ids)});
  if (quiz->state.idle()) quizzes_.erase(session);
}

void ClassroomShard::handle(const RequestPtr& request, gate::HostCommand& command) {
  auto* quiz = quiz_for(request, command.session);
  if (!quiz) return;
  decide_quiz(request, command.session, *quiz,
              classroom::RunQuiz{host_action(request->event), command.expected_version});
}

void ClassroomShard::handle(const RequestPtr& request, gate::QuizAnswer& given) {
  auto* quiz = quiz_for(request, given.session);
  if (!quiz) return;
  // Copied, because a repetition may have to be decided again.
  decide_quiz(request, given.session, *quiz,
              classroom::AnswerQuestion{given.question, given.answer, request->received_at});
}

void ClassroomShard::handle(const RequestPtr& request, gate::QuizState& wanted) {
  const auto* quiz = find_quiz(wanted.session);
  const auto* room = quiz ? find_room(quiz->room) : nullptr;
  if (!room || !quiz->state.committed().exists()) return answer(*request, no_session());
  const auto actor = actor_of(*request->caller);
  const bool host = classroom::is_host(room->state.committed(), actor);
  if (!host && !room->presence.contains(actor.user_id)) {
    return answer(*request, failure_of(classroom::not_a_member()));
  }
  if (!within_room_limits(*request, *room)) return;
  answer(*request, classroom::snapshot(quiz->state.committed(),
                                       {actor.user_id, host, possible_players(*room)},
                                       environment_.clock.now()));
}

void ClassroomShard::decide_quiz(const RequestPtr& request, const Uuid& session, LiveQuiz& quiz,
                                 QuizWish what) {
  const auto* room = find_room(quiz.room);
  if (!quiz.state.usable() || !room || !room->state.usable()) {
    assert(!request);  // users' commands have waited for it; deadlines are tried again
    return;
  }
  classroom::QuizCommand command;
  if (request) {
    command.actor = actor_of(*request->caller);
    command.actor.member = room->presence.contains(command.actor.user_id);
    command.host = classroom::is_host(room->state.head(), command.actor);
  }
  command.room_closed = room->state.head().closed;
  command.now = environment_.clock.now();
  command.event_id = Uuid::random();
  command.what = std::move(what);
  carry_through(quiz, session, quiz.room, classroom::decide(quiz.state.head(), command), request);
}

void ClassroomShard::arm(const Uuid& session) {
  auto* quiz = find_quiz(session);
  if (!quiz || quiz->state.damaged()) return;
  const auto at = classroom::next_deadline(quiz->state.committed());
  if (at == quiz->armed_for) return;
  quiz->armed_for = at;
  if (!at) return;
  const auto delay = std::max<TimeMs>(*at - environment_.clock.now(), 0);
  environment_.server.run_after(shard_, std::chrono::milliseconds(delay),
                                [this, session, at = *at] { deadline(session, at); });
}

void ClassroomShard::deadline(const Uuid& session, TimeMs at) {
  auto* quiz = find_quiz(session);
  // Another deadline was set meanwhile, and has a timer of its own.
  if (!quiz || quiz->armed_for != at) return;
  if (environment_.clock.now() < at) {
    environment_.server.run_after(shard_, std::chrono::milliseconds(1),
                                  [this, session, at] { deadline(session, at); });
    return;
  }
  if (quiz->state.head().phase != classroom::Phase::open) return time_passed(session);
  after_closing_round(environment_.server, shard_, [this, session] { time_passed(session); });
}

void ClassroomShard::time_passed(const Uuid& session) {
  auto* quiz = find_quiz(session);
  if (!quiz) return;
  if (awaits_turn(*quiz)) {
    quiz->deadline_waits = true;
    return;
  }
  decide_quiz(nullptr, session, *quiz, classroom::TimePassed{});
  // What was decided sets the next deadline with its commit. What could not be decided, for want
  // of a store, is tried again.
  const auto due = classroom::next_deadline(quiz->state.head());
  if (!due || *due > environment_.clock.now() || environment_.stopping) return;
  environment_.server.run_after(shard_, std::chrono::seconds(1),
                                [this, session] { time_passed(session); });
}

void ClassroomShard::progress_changed(const Uuid& session, LiveQuiz& quiz) {
  if (quiz.progress_due) return;
  const auto wait = quiz.next_progress_at - environment_.clock.now();
  if (wait <= 0) return send_progress(session);
  quiz.progress_due = true;
  environment_.server.run_after(shard_, std::chrono::milliseconds(wait),
                                [this, session] { send_progress(session); });
}

void ClassroomShard::send_progress(const Uuid& session) {
  auto* quiz = find_quiz(session);
  const auto* room = quiz ? find_room(quiz->room) : nullptr;
  if (!room) return;
  quiz->progress_due = false;
  quiz->next_progress_at = environment_.clock.now() + kProgressInterval;
  const auto payload = classroom::progress(quiz->state.committed(), possible_players(*room));
  if (!payload) return;
  const auto hosts = connections_of_hosts(*room);
  if (hosts.empty()) return;
  environment_.server.emit_to_sockets(hosts, "quiz:progress", *payload,
                                      {.conflate_key = "quiz:progress " + session.to_string()});
}

const LiveQuiz* ClassroomShard::running_quiz(const LiveRoom& room) const {
  const LiveQuiz* ended = nullptr;
  for (auto session = room.sessions.rbegin(); session != room.sessions.rend(); ++session) {
    const auto* quiz = find_quiz(*session);
    if (!quiz || quiz->state.damaged()) continue;
    const auto& state = quiz->state.committed();
    if (state.phase == classroom::Phase::lobby) continue;
    if (state.phase != classroom::Phase::finished) return quiz;
    // Who reloads the page at the podium sees it again; a running quiz goes before it.
    if (!ended && environment_.clock.now() - state.finished_at < kShownAfterEnd) ended = quiz;
  }
  return ended;
}

std::size_t ClassroomShard::possible_players(const LiveRoom& room) const {
  std::size_t players = 0;
  room.presence.for_each([&](const std::string& user_id, const std::string&) {
    if (!is_host_user(room, user_id)) ++players;
  });
  return players;
}

}  // namespace lectern::app
