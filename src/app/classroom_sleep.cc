// Closed rooms leave memory, and come back from the log when somebody asks for them.

#include <algorithm>
#include <utility>

#include <boost/json/parse.hpp>

#include "app/classroom_shard.h"
#include "app/environment.h"

namespace lectern::app {
namespace {

constexpr std::size_t kMaxWaiting = 4096;  // for one room

// Nothing is on its way to the log or back.
template <class Live>
bool settled(const Live& live) {
  return live.state.usable() && live.state.idle() && live.again.empty();
}

}  // namespace

SleepingRoom* ClassroomShard::find_sleeping(const Uuid& id) {
  const auto quiz = sleeping_quizzes_.find(id);
  const auto room = sleeping_.find(quiz == sleeping_quizzes_.end() ? id : quiz->second);
  return room == sleeping_.end() ? nullptr : &room->second;
}

void ClassroomShard::when_awake(const Uuid& id, Awake then) {
  auto* sleeping = find_sleeping(id);
  if (!sleeping) return then(std::nullopt);
  if (sleeping->waiting.size() >= kMaxWaiting) return then(busy());
  sleeping->waiting.push_back(std::move(then));
  if (sleeping->waiting.size() > 1) return;
  const bool taken = environment_.pool.submit(
      [this, extents = sleeping->extents,
       history = static_cast<std::size_t>(environment_.config.rooms.history)] {
        auto whole = read_room(environment_.log, extents, history);
        if (environment_.stopping) return;
        environment_.server.post(
            shard_, [this, room = extents.front().aggregate, whole = std::move(whole)]() mutable {
              woken(room, std::move(whole));
            });
      });
  if (!taken) std::exchange(sleeping->waiting, {}).front()(busy());
}

void ClassroomShard::woken(const Uuid& room, std::optional<WholeRoom> whole) {
  auto waiting = std::exchange(find_sleeping(room)->waiting, {});
  std::optional<Failure> failure;
  if (whole) {
    bring_back(std::move(*whole));
  } else {
    environment_.sink.write(Level::error, "room cannot be read room=" + room.to_string());
    failure = store_unavailable();
  }
  for (auto& then : waiting) then(failure);
}

void ClassroomShard::bring_back(WholeRoom whole) {
  for (auto& [session, quiz] : whole.quizzes) {
    sleeping_quizzes_.erase(session);
    quizzes_[session] = std::move(quiz);
  }
  const auto id = whole.room->id;
  sleeping_.erase(id);
  rooms_[id] = std::move(whole.room);
  --environment_.counters.sleeping_rooms;
}

void ClassroomShard::restore_sleeping(const Uuid& id) {
  const auto* sleeping = find_sleeping(id);
  if (!sleeping) return;
  auto whole = read_room(environment_.log, sleeping->extents,
                         static_cast<std::size_t>(environment_.config.rooms.history));
  if (whole) bring_back(std::move(*whole));
}

// A quiz whose creation is on its way was appended before the room's closing, and so is settled
// before it. Presence and progress that are still to be told have nobody to be told to; their
// timers find nothing.
bool ClassroomShard::may_sleep(const LiveRoom& room) const {
  if (!room.state.committed().closed || !settled(room)) return false;
  if (room.presence.participants() > 0) return false;
  return std::all_of(room.sessions.begin(), room.sessions.end(), [this](const Uuid& session) {
    const auto* quiz = find_quiz(session);
    return quiz && settled(*quiz) && !classroom::next_deadline(quiz->state.committed());
  });
}

void ClassroomShard::sleep(const Uuid& id) {
  const auto* room = find_room(id);
  if (!room || !may_sleep(*room)) return;
  std::vector<const LiveQuiz*> quizzes;
  for (const auto& session : room->sessions) quizzes.push_back(find_quiz(session));
  sleeping_.insert_or_assign(id, fall_asleep(*room, quizzes));
  for (const auto& session : room->sessions) {
    sleeping_quizzes_.insert_or_assign(session, id);
    quizzes_.erase(session);
  }
  rooms_.erase(id);
  ++environment_.counters.sleeping_rooms;
}

void ClassroomShard::sleep_all() {
  for (auto next = rooms_.begin(); next != rooms_.end();) sleep(Uuid((next++)->first));
}

void ClassroomShard::list_sleeping(const classroom::Actor& actor, const std::optional<Uuid>& only,
                                   boost::json::array& quizzes) const {
  for (const auto& [id, room] : sleeping_) {
    if ((only && *only != id) || !classroom::is_host(room.creator_id, room.co_hosts, actor)) {
      continue;
    }
    for (const auto& summary : room.summaries) quizzes.push_back(boost::json::parse(summary));
  }
}

}  // namespace lectern::app
