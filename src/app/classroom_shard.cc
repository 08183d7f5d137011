#include "app/classroom_shard.h"

#include <utility>

#include "app/audit_events.h"
#include "app/environment.h"

namespace lectern::app {
namespace {

// Which append this thread is calling the log with, and whether the log refused it inside the
// call. Appends are numbered per shard, and a shard is a thread.
thread_local std::uint64_t calling_append = 0;
thread_local bool refused_inside = false;

constexpr std::size_t kMaxEmittedKeys = 10'000;
constexpr std::size_t kMaxAgain = 4096;  // requests of one room or quiz

constexpr unsigned kMaxConflicts = 16;  // of one request; somebody wins each time

// Another node was first: the command is decided again on what that node did.
bool is_lost_race(Request& request, const events::AppendResult& result) {
  return result.error == events::AppendError::conflict && result.first_version > 0 &&
         ++request.conflicts <= kMaxConflicts;
}

bool is_quiz_event(const events::DomainEvent& event) { return event.type.starts_with("quiz:"); }

}  // namespace

struct PayloadVisitor {
  ClassroomShard& shard;
  const RequestPtr& request;
  template <class T>
  void operator()(T& payload) const {
    shard.handle(request, payload);
  }
};

ClassroomShard::ClassroomShard(Environment& environment, unsigned shard)
    : environment_(environment),
      shard_(shard),
      limits_(environment.config.limits, gate::Scope::room) {}

void ClassroomShard::restore(const events::DomainEvent& event) {
  // What was read back holds this event already.
  restore_sleeping(event.aggregate);
  if (is_quiz_event(event)) {
    auto& quiz = quizzes_[event.aggregate];
    const bool fresh = !quiz;
    if (fresh) quiz = std::make_unique<LiveQuiz>();
    if (event.version <= quiz->state.committed().version) return;
    quiz->restore(event);
    if (!fresh || !quiz->state.committed().exists()) return;
    restore_sleeping(quiz->room);
    if (auto* room = find_room(quiz->room)) room->sessions.push_back(event.aggregate);
    return;
  }
  auto& room = rooms_[event.aggregate];
  if (!room) {
    const auto history_size = static_cast<std::size_t>(environment_.config.rooms.history);
    room = std::make_unique<LiveRoom>(event.aggregate, history_size);
  }
  if (event.version <= room->state.committed().version) return;
  room->restore(event);
  if (event.type == "room:closed") sleep(event.aggregate);
}

void ClassroomShard::start() {
  for (const auto& [id, room] : rooms_) {
    const auto& state = room->state.committed();
    if (room->state.damaged()) {
      environment_.sink.write(Level::error, "room is damaged room=" + room->name);
    }
    if (state.exists() && !state.closed) {
      environment_.codes.restore(state.join_code, id);
      ++environment_.counters.rooms;
    }
  }
  for (const auto& [id, quiz] : quizzes_) {
    if (quiz->state.damaged()) {
      environment_.sink.write(Level::error, "quiz is damaged session=" + id.to_string());
    }
    arm(id);
  }
  sleep_all();
}

void ClassroomShard::sweep(TimeMs now) {
  limits_.sweep(now);
  if (emitted_.size() > kMaxEmittedKeys) emitted_.clear();
  sleep_all();
}

void ClassroomShard::shed(TimeMs now, std::int64_t age_ms) {
  for (const auto& [id, room] : rooms_) {
    room->history.shed(now, age_ms);
  }
  sleep_all();
}

void ClassroomShard::carry_out(const RequestPtr& request) {
  std::visit(PayloadVisitor{*this, request}, *request->parsed);
}

bool ClassroomShard::within_room_limits(Request& request, const LiveRoom& room) {
  const auto now = environment_.clock.now();
  const auto& user = request.user_id();
  // Nothing counts what the other refuses; a room's limits are this shard's alone.
  auto refusal = limits_.refusal_in_room(request.event, room.name, user, now);
  if (!refusal) refusal = environment_.shared_limits.admit(request.event, request.address, now);
  if (refusal) {
    answer(request, failure_of(*refusal));
    return false;
  }
  limits_.count_in_room(request.event, room.name, user, now);
  return true;
}

template <class Live>
void ClassroomShard::carry_through(Live& live, const Uuid& id, const Uuid& room,
                                   classroom::Decision decision, const RequestPtr& request) {
  if (decision.failure) {
    if (request) answer(*request, failure_of(std::move(*decision.failure)));
    return;
  }
  if (decision.events.empty()) {
    if (!request) return;
    if (live.state.idle()) return answer(*request, std::move(decision.reply));
    return live.state.follow({request, std::move(decision.reply)});
  }
  const auto* home = find_room(room);
  if (request && home && !within_room_limits(*request, *home)) return;
  if (!append(id, live.state.head().version, decision)) {
    ++environment_.counters.failed_appends;
    if (request) answer(*request, store_unavailable());
    return;
  }
  Pending pending{std::move(decision.events), std::move(decision.effects), {}, {}};
  pending.waiting.push_back({request, std::move(decision.reply)});
  live.state.begin(std::move(pending));
}

bool ClassroomShard::append(const Uuid& id, std::uint64_t expected_version,
                            const classroom::Decision& decision) {
  const auto number = ++appends_;
  calling_append = number;
  refused_inside = false;
  environment_.log.append({id, expected_version, decision.events, decision.idempotency_key},
                          [this, id, number](events::AppendResult result) {
                            // Nothing is in flight for an append that the log refuses on the spot,
                            // while older ones of the aggregate may be: the order of answers holds
                            // for what was taken.
                            if (result.error && calling_append == number &&
                                environment_.server.this_shard() == shard_) {
                              refused_inside = true;
                              return;
                            }
                            if (environment_.stopping) return;
                            environment_.server.post(shard_,
                                                     [this, id, result] { settle(id, result); });
                          });
  calling_append = 0;
  return !refused_inside;
}

void ClassroomShard::settle(const Uuid& id, const events::AppendResult& result) {
  auto room_id = id;
  if (auto* room = find_room(id)) {
    settle_room(*room, result);
  } else if (auto* quiz = find_quiz(id)) {
    room_id = quiz->room;
    settle_quiz(id, *quiz, result);
  }
  sleep(room_id);  // of a closed room this may have been the last, as a question's deadline is
}

void ClassroomShard::settle_room(LiveRoom& room, const events::AppendResult& result) {
  auto settled = room.state.finish(room.id, result);
  for (const auto& event : settled.events) {
    if (!room.history.apply(event)) {
      environment_.sink.write(Level::error, "message is damaged room=" + room.name);
    }
    if (event.type == "room:created") ++environment_.counters.rooms;
    if (event.type == "room:closed") {
      --environment_.counters.rooms;
      environment_.codes.release(room.state.committed().join_code, room.id);
    }
  }
  if (settled.committed) {
    for (const auto& event : settled.events) {
      if (auto entry = audit_of(event)) environment_.audit.record(std::move(*entry));
    }
    carry_out_effects(room.id, room, settled.pending.effects);
  }
  await_others(room, room.id, result);
  answer_settled(room.id, settled, result, room.again);
  if (room.state.usable()) room_usable(room);
}

void ClassroomShard::room_usable(LiveRoom& room) {
  if (!room.state.idle() || room.state.committed().exists()) return decide_waiting(room);
  const auto again = std::exchange(room.again, {});
  environment_.codes.release(room.claimed_code, room.id);
  rooms_.erase(room.id);
  for (const auto& request : again) carry_out(request);
}

void ClassroomShard::settle_quiz(const Uuid& session, LiveQuiz& quiz,
                                 const events::AppendResult& result) {
  auto settled = quiz.state.finish(session, result);
  auto* room = find_room(quiz.room);
  for (const auto& event : settled.events) {
    if (event.type == "quiz:created" && room) room->sessions.push_back(session);
  }
  if (settled.committed && room) carry_out_effects(session, *room, settled.pending.effects);
  await_others(quiz, session, result);
  answer_settled(session, settled, result, quiz.again);
  if (quiz.state.usable()) quiz_usable(session, quiz, settled.committed);
}

void ClassroomShard::quiz_usable(const Uuid& session, LiveQuiz& quiz, bool committed) {
  decide_waiting(quiz);
  if (!quiz.state.idle()) return;
  if (committed && quiz.deadline_waits) {
    quiz.deadline_waits = false;
    return time_passed(session);
  }
  if (!quiz.state.committed().exists()) {
    quizzes_.erase(session);
  } else if (!committed) {
    // A deadline that could not be kept for want of a store is tried again.
    quiz.armed_for.reset();
    environment_.server.run_after(shard_, std::chrono::seconds(1),
                                  [this, session] { arm(session); });
  }
}

template <class Live>
bool ClassroomShard::decidable(const RequestPtr& request, Live& live) {
  if (live.state.usable() && !awaits_turn(live)) return true;
  if (live.state.damaged() || live.again.size() >= kMaxAgain) {
    answer(*request, store_unavailable());
  } else {
    live.again.push_back(request);
  }
  return false;
}

// On a log that others append to as well, an append could follow theirs in place of the one that it
// was decided on: there, one decision of an aggregate is in flight at a time.
template <class Live>
void ClassroomShard::decide_waiting(Live& live) {
  while (!live.again.empty() && live.state.usable() && !awaits_turn(live)) {
    const auto request = std::move(live.again.front());
    live.again.erase(live.again.begin());
    carry_out(request);
  }
}

template <class Live>
bool ClassroomShard::awaits_turn(const Live& live) const {
  return environment_.config.store.engine == Config::StoreEngine::redis && !live.state.idle();
}

void ClassroomShard::answer_settled(const Uuid& id, Settled& settled,
                                    const events::AppendResult& result,
                                    std::vector<RequestPtr>& again) {
  if (settled.committed) {
    ++environment_.counters.commits;
  } else {
    ++environment_.counters.failed_appends;
  }
  bool first = true;
  for (auto& waiting : settled.pending.waiting) {
    const bool is_first = std::exchange(first, false);
    if (!waiting.request) continue;
    if (settled.committed) {
      answer(*waiting.request, std::move(waiting.reply));
    } else if (result.repeated && !result.error && is_first) {
      answer_from_log(id, result.first_version, waiting.request);
    } else if (!is_first || is_lost_race(*waiting.request, result)) {
      // It repeats a decision of its own, which may be committed although this one is not.
      again.push_back(waiting.request);
    } else {
      answer(*waiting.request, store_unavailable());
    }
  }
}

void ClassroomShard::answer_from_log(const Uuid& id, std::uint64_t version,
                                     const RequestPtr& request) {
  const bool taken = environment_.pool.submit([&log = environment_.log, id, version, request] {
    const auto found = log.read(id, version, 1);
    std::optional<boost::json::object> reply;
    if (!found.empty()) reply = classroom::post_reply(found.front());
    if (!found.empty() && !reply) reply = classroom::answer_reply(found.front());
    if (reply) {
      answer(*request, std::move(*reply));
    } else {
      answer(*request, store_unavailable());
    }
  });
  if (!taken) answer(*request, busy());
}

LiveRoom* ClassroomShard::room_for(const RequestPtr& request, const Uuid& id) {
  auto* room = find_room(id);
  if (!room) return answer(*request, no_room()), nullptr;
  return decidable(request, *room) ? room : nullptr;
}

LiveQuiz* ClassroomShard::quiz_for(const RequestPtr& request, const Uuid& session) {
  auto* quiz = find_quiz(session);
  auto* room = quiz ? find_room(quiz->room) : nullptr;
  if (!room) return answer(*request, no_session()), nullptr;
  return decidable(request, *room) && decidable(request, *quiz) ? quiz : nullptr;
}

LiveRoom* ClassroomShard::find_room(const Uuid& id) {
  const auto found = rooms_.find(id);
  return found == rooms_.end() ? nullptr : found->second.get();
}

const LiveRoom* ClassroomShard::find_room(const Uuid& id) const {
  const auto found = rooms_.find(id);
  return found == rooms_.end() ? nullptr : found->second.get();
}

LiveQuiz* ClassroomShard::find_quiz(const Uuid& id) {
  const auto found = quizzes_.find(id);
  return found == quizzes_.end() ? nullptr : found->second.get();
}

const LiveQuiz* ClassroomShard::find_quiz(const Uuid& id) const {
  const auto found = quizzes_.find(id);
  return found == quizzes_.end() ? nullptr : found->second.get();
}

template bool ClassroomShard::awaits_turn(const LiveQuiz&) const;
template void ClassroomShard::carry_through(LiveRoom&, const Uuid&, const Uuid&,
                                            classroom::Decision, const RequestPtr&);
template void ClassroomShard::carry_through(LiveQuiz&, const Uuid&, const Uuid&,
                                            classroom::Decision, const RequestPtr&);

}  // namespace lectern::app
