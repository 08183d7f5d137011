// What other nodes appended, and what was written although its append was refused.

#include <utility>

#include "app/classroom_shard.h"
#include "app/environment.h"

namespace lectern::app {
namespace {

// What nobody has told of by then is refused: clients get their answer in time.
constexpr std::chrono::seconds kAwait{1};

}  // namespace

void ClassroomShard::learn(const events::DomainEvent& event) {
  if (find_sleeping(event.aggregate)) return;  // it is read from the log when it wakes
  if (event.type.starts_with("quiz:")) {
    learn_quiz(event);
  } else {
    learn_room(event);
  }
}

void ClassroomShard::learn_room(const events::DomainEvent& event) {
  auto* room = find_room(event.aggregate);
  if (!room) {
    const auto history_size = static_cast<std::size_t>(environment_.config.rooms.history);
    auto& fresh = rooms_[event.aggregate];
    fresh = std::make_unique<LiveRoom>(event.aggregate, history_size);
    room = fresh.get();
  }
  if (!room->state.learn(event)) return;
  if (!room->history.apply(event))
    environment_.sink.write(Level::error, "message is damaged room=" + room->name);
  tell_learned(*room, event);
  if (room->state.usable()) room_usable(*room);
}

void ClassroomShard::tell_learned(LiveRoom& room, const events::DomainEvent& event) {
  const auto tell = [&](std::string event_name, boost::json::value payload) {
    carry_out_effects(room.id, room,
                      {classroom::ToRoom{std::move(event_name), std::move(payload)}});
  };
  if (const auto message = classroom::message_of(event))
    return tell("chat:message", message->to_json());
  if (event.type == "room:created" && room.state.committed().exists()) {
    environment_.codes.restore(room.state.committed().join_code, room.id);
    ++environment_.counters.rooms;
  }
  if (event.type == "room:closed") {
    --environment_.counters.rooms;
    environment_.codes.release(room.state.committed().join_code, room.id);
    tell("room:closed", {{"roomId", room.name}, {"timestamp", event.timestamp}});
  }
}

void ClassroomShard::learn_quiz(const events::DomainEvent& event) {
  auto& quiz = quizzes_[event.aggregate];
  if (!quiz) quiz = std::make_unique<LiveQuiz>();
  const bool existed = quiz->state.committed().exists();
  const bool news = quiz->state.learn(event);
  quiz->room = quiz->state.committed().room;
  if (!news) return;
  auto* room = find_room(quiz->room);
  if (!existed && room) room->sessions.push_back(event.aggregate);
  arm(event.aggregate);
  if (quiz->state.usable()) quiz_usable(event.aggregate, *quiz, /*committed=*/true);
}

template <class Live>
void ClassroomShard::await_others(Live& live, const Uuid& id, const events::AppendResult& result) {
  // The log of a node that is alone knows nothing that the node does not.
  if (environment_.config.store.engine != Config::StoreEngine::redis) return;
  if (result.error != events::AppendError::conflict) return;
  if (result.first_version <= live.state.committed().version) return;
  live.state.await(result.first_version);
  environment_.server.run_after(shard_, kAwait, [this, id] { refuse_awaiting(id); });
}

void ClassroomShard::refuse_awaiting(const Uuid& id) {
  auto* room = find_room(id);
  auto* quiz = find_quiz(id);
  const bool awaiting = (room && refuse_again(*room)) || (quiz && refuse_again(*quiz));
  if (!awaiting || environment_.stopping) return;
  environment_.server.run_after(shard_, kAwait, [this, id] { refuse_awaiting(id); });
}

template <class Live>
bool ClassroomShard::refuse_again(Live& live) {
  if (live.state.usable()) return false;
  for (const auto& request : std::exchange(live.again, {})) answer(*request, store_unavailable());
  return true;
}

template void ClassroomShard::await_others(LiveRoom&, const Uuid&, const events::AppendResult&);
template void ClassroomShard::await_others(LiveQuiz&, const Uuid&, const events::AppendResult&);

}  // namespace lectern::app
