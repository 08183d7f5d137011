// Requests about rooms, chat and presence, at the room's owner.

#include <algorithm>
#include <cassert>
#include <chrono>
#include <utility>

#include "app/actor.h"
#include "app/callers.h"
#include "app/classroom_shard.h"
#include "app/environment.h"
#include "app/old_messages.h"
#include "app/session.h"
#include "classroom/name_key.h"
#include "classroom/quiz_views.h"
#include "gate/sanitiser.h"

namespace lectern::app {
namespace {

constexpr std::size_t kLargeRoom = 50;  // members; above it presence is told once a second
constexpr std::chrono::milliseconds kPresenceDelay{250};
constexpr std::chrono::milliseconds kPresenceDelayLarge{1000};
constexpr std::size_t kMaxKnown = 100'000;  // people remembered per room

classroom::ConnectionKey key_of(SocketRef socket) { return {socket.shard, socket.serial}; }
SocketRef socket_of(const classroom::ConnectionKey& key) { return {key.shard, key.serial}; }

// A join on its way to the socket's shard. When the socket has gone meanwhile, the task that
// carries this is destroyed unused, and the owner takes the connection out again.
class JoinUnderWay {
 public:
  JoinUnderWay(Environment& environment, unsigned owner, Task take_back)
      : environment_(environment), owner_(owner), take_back_(std::move(take_back)) {}
  ~JoinUnderWay() {
    if (take_back_ && !environment_.stopping) {
      environment_.server.post(owner_, std::move(take_back_));
    }
  }
  JoinUnderWay(const JoinUnderWay&) = delete;
  JoinUnderWay& operator=(const JoinUnderWay&) = delete;

  void arrived() { take_back_ = nullptr; }

 private:
  Environment& environment_;
  unsigned owner_;
  Task take_back_;
};

classroom::Actor actor_in(const LiveRoom& room, const Caller& caller) {
  auto actor = actor_of(caller);
  actor.member = room.presence.contains(actor.user_id);
  return actor;
}

bool may_read(const LiveRoom& room, const Caller& caller) {
  const auto actor = actor_in(room, caller);
  return actor.member || classroom::is_host(room.state.committed(), actor);
}

// The room of a guest's invitation. One that cannot be read is no room at all.
std::optional<Uuid> guest_room(const Caller& caller) {
  if (caller.claims.room_id.empty()) return std::nullopt;
  return Uuid::parse(caller.claims.room_id).value_or(Uuid{});
}

}  // namespace

void ClassroomShard::handle(const RequestPtr& request, gate::RoomCreate& wanted) {
  const auto id = request->fresh_id;
  auto& room = rooms_[id];
  room =
      std::make_unique<LiveRoom>(id, static_cast<std::size_t>(environment_.config.rooms.history));
  room->claimed_code = environment_.codes.claim(id);
  decide_room(request, *room, classroom::CreateRoom{std::move(wanted), id, room->claimed_code});
  if (room->state.idle()) {
    environment_.codes.release(room->claimed_code, id);
    rooms_.erase(id);
  }
}

void ClassroomShard::handle(const RequestPtr& request, gate::RoomConfigure& change) {
  auto* room = room_for(request, change.room);
  if (!room) return;
  decide_room(request, *room, classroom::ConfigureRoom{std::move(change)});
}

void ClassroomShard::handle(const RequestPtr& request, gate::RoomClose& close) {
  auto* room = room_for(request, close.room);
  if (!room) return;
  decide_room(request, *room, classroom::CloseRoom{});
}

void ClassroomShard::handle(const RequestPtr& request, gate::ChatMessage& message) {
  auto* room = room_for(request, message.room);
  if (!room) return;
  // Copied, because a repetition may have to be decided again.
  decide_room(request, *room, classroom::PostMessage{message, Uuid::random()});
}

void ClassroomShard::handle(const RequestPtr& request, gate::ChatModerate& wanted) {
  auto* room = room_for(request, wanted.room);
  if (!room) return;
  auto target = target_of(*room, wanted);
  decide_room(request, *room, classroom::Moderate{std::move(wanted), std::move(target)});
}

void ClassroomShard::handle(const RequestPtr& request, gate::OwnEvent& own) {
  auto* room = room_for(request, own.room);
  if (!room) return;
  // Copied, because a repetition may have to be decided again.
  decide_room(request, *room, classroom::PostOwn{own.name, own.payload});
}

void ClassroomShard::decide_room(const RequestPtr& request, LiveRoom& room, RoomWish what) {
  assert(room.state.usable());
  const classroom::RoomCommand command{actor_in(room, *request->caller), environment_.clock.now(),
                                       Uuid::random(), std::move(what)};
  carry_through(room, room.id, room.id, classroom::decide(room.state.head(), command), request);
}

classroom::Target ClassroomShard::target_of(const LiveRoom& room,
                                            const gate::ChatModerate& wanted) const {
  const auto known = room.known.find(wanted.target_user);
  if (known == room.known.end()) return {};
  return {true, known->second.admin, known->second.username};
}

void ClassroomShard::handle(const RequestPtr& request, gate::UserAction& action) {
  using Action = gate::UserAction::Action;
  auto* room = room_for(request, action.target);
  if (!room) return;
  switch (action.action) {
    case Action::join: return join(request, *room, action.after);
    case Action::leave: return leave(request, *room);
    case Action::typing: return type(request, *room, true);
    case Action::stop_typing: return type(request, *room, false);
  }
}

void ClassroomShard::join(const RequestPtr& request, LiveRoom& room,
                          std::optional<std::uint64_t> after) {
  const auto& caller = *request->caller;
  const auto actor = actor_in(room, caller);
  const classroom::Joining joining{actor, guest_room(caller), room.presence.participants(),
                                   environment_.clock.now()};
  if (auto failure = classroom::may_join(room.state.head(), joining)) {
    return answer(*request, failure_of(std::move(*failure)));
  }
  const auto most = environment_.config.rooms.max_members;
  if (most > 0 && !actor.member && !classroom::is_host(room.state.head(), actor) &&
      room.presence.participants() >= static_cast<std::size_t>(most)) {
    return answer(*request, Failure{"FORBIDDEN", "The room is full"});
  }
  if (!within_room_limits(*request, room)) return;
  enter(room, request->socket, actor);
  // The answer goes where later broadcasts go, and so before them.
  auto under_way = std::make_unique<JoinUnderWay>(
      environment_, shard_,
      [this, id = room.id, socket = request->socket] { connection_lost(id, socket); });
  environment_.server.with_socket(
      request->socket, [request, under_way = std::move(under_way), id = room.id, name = room.name,
                        reply = joined(caller, room, after)](Socket& socket) mutable {
        under_way->arrived();
        socket.join(name);
        auto& rooms = session_of(socket).rooms;
        if (std::find(rooms.begin(), rooms.end(), id) == rooms.end()) rooms.push_back(id);
        answer(*request, std::move(reply));
      });
}

boost::json::object ClassroomShard::joined(const Caller& caller, const LiveRoom& room,
                                           std::optional<std::uint64_t> after) const {
  const auto& state = room.state.committed();
  const bool host = classroom::is_host(state, actor_of(caller));
  const auto missed = room.history.catch_up(after);
  boost::json::object answer{{"room", classroom::describe(state, host)},
                             {"self",
                              {{"userId", caller.claims.user_id},
                               {"username", caller.claims.username},
                               {"role", caller.claims.role}}},
                             {"participants", room.presence.participants()},
                             {"history", classroom::to_json(missed.messages)},
                             {"quiz", nullptr},
                             {"seq", room.history.last_seq()}};
  if (missed.truncated) answer["truncated"] = true;
  if (const auto* quiz = running_quiz(room)) {
    answer["quiz"] = classroom::snapshot(quiz->state.committed(),
                                         {caller.claims.user_id, host, possible_players(room)},
                                         environment_.clock.now());
  }
  return answer;
}

void ClassroomShard::leave(const RequestPtr& request, LiveRoom& room) {
  if (!within_room_limits(*request, room)) return;
  room.presence.leave(key_of(request->socket));
  presence_changed(room);
  remove_from_hub(room.id, request->socket);
  answer(*request, boost::json::object{});
}

void ClassroomShard::type(const RequestPtr& request, LiveRoom& room, bool typing) {
  const auto actor = actor_in(room, *request->caller);
  if (room.state.head().closed) return answer(*request, failure_of(classroom::room_closed()));
  if (!actor.member) return answer(*request, failure_of(classroom::not_a_member()));
  if (!within_room_limits(*request, room)) return;
  environment_.server.emit_to_room("/", room.name, "user:typing",
                                   {{"roomId", room.name},
                                    {"userId", actor.user_id},
                                    {"username", actor.username},
                                    {"typing", typing}},
                                   {.is_volatile = true}, request->socket);
  answer(*request, boost::json::object{});
}

void ClassroomShard::handle(const RequestPtr& request, gate::RoomParticipants& wanted) {
  auto* room = find_room(wanted.room);
  if (!room || !room->state.committed().exists()) return answer(*request, no_room());
  if (!may_read(*room, *request->caller)) {
    return answer(*request, failure_of(classroom::not_a_member()));
  }
  if (!within_room_limits(*request, *room)) return;
  answer(*request, room->presence.page(wanted.cursor, wanted.limit));
}

void ClassroomShard::handle(const RequestPtr& request, gate::ChatHistory& wanted) {
  auto* room = find_room(wanted.room);
  if (!room || !room->state.committed().exists()) return answer(*request, no_room());
  if (!may_read(*room, *request->caller)) {
    return answer(*request, failure_of(classroom::not_a_member()));
  }
  if (!within_room_limits(*request, *room)) return;
  const classroom::HistoryQuery query{wanted.before, wanted.after, wanted.limit};
  const auto page = room->history.page(query);
  if (!page.complete) return read_history(request, *room, query);
  answer(*request, boost::json::object{{"messages", classroom::to_json(page.messages)},
                                       {"hasMore", page.has_more}});
}

void ClassroomShard::read_history(const RequestPtr& request, const LiveRoom& room,
                                  const classroom::HistoryQuery& query) {
  const bool taken = environment_.pool.submit([this, request, id = room.id, query,
                                               last = room.history.last_seq()] {
    auto page = std::make_shared<OldMessages>(read_old_messages(environment_.log, id, query, last));
    if (environment_.stopping) return;
    environment_.server.post(shard_, [this, request, id, page] {
      when_awake(id, [this, request, id, page](std::optional<Failure> failure) {
        if (failure) return answer(*request, std::move(*failure));
        // What was deleted after it was posted, the owner knows.
        const auto* owned = find_room(id);
        if (!owned) return answer(*request, no_room());
        answer(*request, page->to_json(owned->state.committed().deleted));
      });
    });
  });
  if (!taken) answer(*request, busy());
}

void ClassroomShard::connection_lost(const Uuid& id, SocketRef socket) {
  auto* room = find_room(id);
  if (!room) return;
  room->presence.leave(key_of(socket));
  presence_changed(*room);
}

void ClassroomShard::connection_returned(const Uuid& id, SocketRef socket, const Caller& caller) {
  auto* room = find_room(id);
  const auto actor = actor_of(caller);
  const bool welcome = room && room->state.committed().exists() &&
                       !classroom::may_join(room->state.head(), {actor, guest_room(caller),
                                                                 room->presence.participants(),
                                                                 environment_.clock.now()});
  if (!welcome) return remove_from_hub(id, socket);
  enter(*room, socket, actor);
}

void ClassroomShard::enter(LiveRoom& room, SocketRef socket, const classroom::Actor& actor) {
  room.presence.join(key_of(socket), actor.user_id, actor.username);
  if (room.known.size() < kMaxKnown) {
    const bool fresh =
        room.known.insert_or_assign(actor.user_id, LiveRoom::Known{actor.username, actor.admin})
            .second;
    if (fresh) room.taken_names.try_emplace(classroom::name_key(actor.username), 1);
  }
  presence_changed(room);
}

std::string ClassroomShard::claim_name(const Uuid& id, const std::string& name) {
  auto* room = find_room(id);
  if (!room || !room->state.committed().exists()) return {};
  auto& taken = room->taken_names;
  taken.try_emplace(classroom::name_key(room->state.committed().creator_name), 1);
  const auto key = classroom::name_key(name);
  if (taken.size() >= kMaxKnown || taken.try_emplace(key, 1).second) return name;
  while (true) {
    const auto suffix = " (" + std::to_string(++taken[key]) + ")";
    auto numbered = gate::clean_name(name, Callers::kMaxUserName - suffix.size()) + suffix;
    if (taken.try_emplace(classroom::name_key(numbered), 1).second) return numbered;
  }
}

void ClassroomShard::presence_changed(LiveRoom& room) {
  if (room.presence_due || !room.presence.changed()) return;
  room.presence_due = true;
  const bool large = room.presence.participants() > kLargeRoom;
  environment_.server.run_after(
      shard_, large ? kPresenceDelayLarge : kPresenceDelay, [this, id = room.id] {
        auto* due = find_room(id);
        if (!due) return;
        due->presence_due = false;
        if (due->presence.changed()) {
          environment_.server.emit_to_room("/", due->name, "room:presence",
                                           due->presence.take_delta(id));
        }
        sleep(id);  // the last one may have left
      });
}

void ClassroomShard::remove_from_hub(const Uuid& id, SocketRef socket) {
  environment_.server.with_socket(socket, [id](Socket& member) {
    member.leave(id.to_string());
    std::erase(session_of(member).rooms, id);
  });
}

std::vector<SocketRef> ClassroomShard::connections_of(const LiveRoom& room,
                                                      std::string_view user_id) const {
  std::vector<SocketRef> sockets;
  for (const auto& key : room.presence.connections_of(user_id)) sockets.push_back(socket_of(key));
  return sockets;
}

std::vector<SocketRef> ClassroomShard::connections_of_hosts(const LiveRoom& room) const {
  std::vector<SocketRef> sockets;
  room.presence.for_each([&](const std::string& user_id, const std::string&) {
    if (!is_host_user(room, user_id)) return;
    const auto theirs = connections_of(room, user_id);
    sockets.insert(sockets.end(), theirs.begin(), theirs.end());
  });
  return sockets;
}

}  // namespace lectern::app
