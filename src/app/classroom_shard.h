#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <boost/json/array.hpp>

#include <lectern/http.h>
#include <lectern/server.h>

#include "app/live_room.h"
#include "app/request.h"
#include "app/sleeping_room.h"
#include "gate/policy.h"

namespace lectern::app {

struct Environment;

// The rooms and quizzes that one shard owns. Decides on heads, appends, and when a commit arrives
// carries its effects out and acknowledges, in this order. Everything here runs on that shard.
class ClassroomShard {
 public:
  ClassroomShard(Environment& environment, unsigned shard);

  // Before the server starts: takes the events of the log, in order.
  void restore(const events::DomainEvent& event);
  // While it runs: takes an event that the log tells of, whoever appended it.
  void learn(const events::DomainEvent& event);
  // Arms the deadlines that the log holds.
  void start();
  void sweep(TimeMs now);  // about once a minute; closed rooms without people leave memory
  // And so they do here; forgets messages of that age or more.
  void shed(TimeMs now, std::int64_t age_ms);

  // Calls `then` once the room or session is in memory if it exists: at once, unless it belongs to
  // a closed room that has left memory; then when the log was read. Busy when too many read, and
  // STORE_UNAVAILABLE when the log cannot be. What follows may only be called in `then`.
  void when_awake(const Uuid& id, Awake then);

  void replace_rules(const std::vector<gate::Rule>& rules) { limits_.replace_rules(rules); }

  // A request that passed its home gate.
  void carry_out(const RequestPtr& request);

  // A socket that was in the room is gone.
  void connection_lost(const Uuid& room, SocketRef socket);
  // A socket that was in the room is back. Who may not be there any more is taken out.
  void connection_returned(const Uuid& room, SocketRef socket, const Caller& caller);

  // The name that a guest gets: a number follows one that passes for a name known in the room. It
  // is taken from then on. Empty: there is no such room.
  std::string claim_name(const Uuid& room, const std::string& name);

  // What HTTP shows of rooms and quizzes. Failures are NOT_FOUND, NOT_A_MEMBER and FORBIDDEN.
  void list_rooms(const Caller& caller, boost::json::array& rooms) const;
  Outcome show_room(const Caller& caller, const Uuid& room) const;
  void list_quizzes(const Caller& caller, const std::optional<Uuid>& room,
                    boost::json::array& quizzes) const;
  Outcome show_quiz(const Caller& caller, const Uuid& session) const;
  HttpResponse show_results(const Caller& caller, const Uuid& session, bool csv) const;
  // Sends an event of the operator's to everybody in the room. With a key that was used in the
  // room before, nothing is sent again.
  Outcome emit(const Uuid& room, std::string_view event, const boost::json::value& data,
               std::string_view idempotency_key);

 private:
  using RoomWish = decltype(classroom::RoomCommand::what);
  using QuizWish = decltype(classroom::QuizCommand::what);
  friend struct PayloadVisitor;  // calls the handler of a payload's type
  friend struct EffectVisitor;

  // rooms
  void handle(const RequestPtr& request, gate::UserAction& action);
  void handle(const RequestPtr& request, gate::RoomCreate& wanted);
  void handle(const RequestPtr& request, gate::RoomConfigure& change);
  void handle(const RequestPtr& request, gate::RoomClose& close);
  void handle(const RequestPtr& request, gate::RoomParticipants& wanted);
  void handle(const RequestPtr& request, gate::ChatMessage& message);
  void handle(const RequestPtr& request, gate::ChatHistory& wanted);
  void handle(const RequestPtr& request, gate::ChatModerate& wanted);
  void handle(const RequestPtr& request, gate::OwnEvent& own);
  // quizzes
  void handle(const RequestPtr& request, gate::QuizCreate& wanted);
  void handle(const RequestPtr& request, gate::HostCommand& command);
  void handle(const RequestPtr& request, gate::QuizAnswer& answer);
  void handle(const RequestPtr& request, gate::QuizState& wanted);

  void join(const RequestPtr& request, LiveRoom& room, std::optional<std::uint64_t> after);
  void enter(LiveRoom& room, SocketRef socket, const classroom::Actor& actor);
  void leave(const RequestPtr& request, LiveRoom& room);
  void type(const RequestPtr& request, LiveRoom& room, bool typing);
  boost::json::object view_of(const LiveRoom& room, bool host) const;
  boost::json::object joined(const Caller& caller, const LiveRoom& room,
                             std::optional<std::uint64_t> after) const;
  void read_history(const RequestPtr& request, const LiveRoom& room,
                    const classroom::HistoryQuery& query);
  // The room, or null: there is none, or the request waits until it can be decided.
  LiveRoom* room_for(const RequestPtr& request, const Uuid& id);
  LiveQuiz* quiz_for(const RequestPtr& request, const Uuid& session);
  template <class Live>
  bool decidable(const RequestPtr& request, Live& live);
  template <class Live>
  bool awaits_turn(const Live& live) const;
  template <class Live>
  void decide_waiting(Live& live);
  void decide_room(const RequestPtr& request, LiveRoom& room, RoomWish what);
  void remove_from_hub(const Uuid& room, SocketRef socket);
  void presence_changed(LiveRoom& room);
  classroom::Target target_of(const LiveRoom& room, const gate::ChatModerate& wanted) const;

  void decide_quiz(const RequestPtr& request, const Uuid& session, LiveQuiz& quiz, QuizWish what);
  void arm(const Uuid& session);
  void deadline(const Uuid& session, TimeMs at);
  void time_passed(const Uuid& session);
  void progress_changed(const Uuid& session, LiveQuiz& quiz);
  void send_progress(const Uuid& session);
  const LiveQuiz* running_quiz(const LiveRoom& room) const;
  std::size_t possible_players(const LiveRoom& room) const;

  // The way of a decision to the log and back.
  template <class Live>
  void carry_through(Live& live, const Uuid& id, const Uuid& room, classroom::Decision decision,
                     const RequestPtr& request);
  bool append(const Uuid& id, std::uint64_t expected_version, const classroom::Decision& decision);
  void settle(const Uuid& id, const events::AppendResult& result);
  void settle_room(LiveRoom& room, const events::AppendResult& result);
  void settle_quiz(const Uuid& session, LiveQuiz& quiz, const events::AppendResult& result);
  // Requests that have to be decided again go to `again`.
  void answer_settled(const Uuid& id, Settled& settled, const events::AppendResult& result,
                      std::vector<RequestPtr>& again);
  void room_usable(LiveRoom& room);
  void quiz_usable(const Uuid& session, LiveQuiz& quiz, bool committed);

  // Nodes that share a log.
  void learn_room(const events::DomainEvent& event);
  void learn_quiz(const events::DomainEvent& event);
  void tell_learned(LiveRoom& room, const events::DomainEvent& event);
  template <class Live>
  void await_others(Live& live, const Uuid& id, const events::AppendResult& result);
  void refuse_awaiting(const Uuid& id);
  template <class Live>
  bool refuse_again(Live& live);
  void answer_from_log(const Uuid& id, std::uint64_t version, const RequestPtr& request);
  void carry_out_effects(const Uuid& id, LiveRoom& room,
                         const std::vector<classroom::Effect>& effects);

  // Rooms that leave memory and come back.
  SleepingRoom* find_sleeping(const Uuid& id);
  void woken(const Uuid& room, std::optional<WholeRoom> whole);
  void bring_back(WholeRoom whole);
  void restore_sleeping(const Uuid& id);
  bool may_sleep(const LiveRoom& room) const;
  void sleep(const Uuid& room);
  void sleep_all();
  void list_sleeping(const classroom::Actor& actor, const std::optional<Uuid>& only,
                     boost::json::array& quizzes) const;

  LiveRoom* find_room(const Uuid& id);
  const LiveRoom* find_room(const Uuid& id) const;
  LiveQuiz* find_quiz(const Uuid& id);
  const LiveQuiz* find_quiz(const Uuid& id) const;
  std::vector<SocketRef> connections_of(const LiveRoom& room, std::string_view user_id) const;
  std::vector<SocketRef> connections_of_hosts(const LiveRoom& room) const;
  // False: the room's limits refuse the request, which is answered.
  bool within_room_limits(Request& request, const LiveRoom& room);

  Environment& environment_;
  const unsigned shard_;
  gate::ScopeLimits limits_;
  std::unordered_map<Uuid, std::unique_ptr<LiveRoom>> rooms_;
  std::unordered_map<Uuid, std::unique_ptr<LiveQuiz>> quizzes_;
  std::unordered_map<Uuid, SleepingRoom> sleeping_;               // these are not in rooms_
  std::unordered_map<Uuid, Uuid> sleeping_quizzes_;               // their rooms
  std::unordered_map<std::string, boost::json::object> emitted_;  // by room and idempotency key
  std::uint64_t appends_ = 0;
};

}  // namespace lectern::app
