#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <variant>
#include <vector>

#include <boost/json/object.hpp>

#include "base/time.h"
#include "base/uuid.h"
#include "classroom/effect.h"
#include "classroom/posts.h"
#include "events/event.h"
#include "gate/payloads.h"

namespace lectern::classroom {

// A mute or a ban.
struct Sanction {
  std::optional<TimeMs> until;  // none: until it is lifted
  bool holds(TimeMs now) const { return !until || now < *until; }
};

// A room as a fold over the events of its aggregate: room:created, room:configured, room:closed,
// chat:message_posted, chat:moderated. Messages themselves are in History.
//
// A value. What grows with use is bounded: `posts` remembers the last Posts::kRemembered messages,
// sanctions that ran out are dropped with the next moderation; `deleted` alone keeps every deleted
// message. A copy takes a millisecond at most.
struct RoomState {
  std::uint64_t version = 0;  // events folded; 0: the room does not exist
  Uuid id;
  std::string name;
  std::string kind;
  std::string join_code;
  std::string creator_id;
  std::string creator_name;
  std::vector<std::string> co_hosts;  // user ids
  bool is_private = false;
  std::optional<std::uint32_t> max_members;
  bool closed = false;
  TimeMs created_at = 0;

  std::uint64_t last_seq = 0;
  Posts posts;
  std::unordered_set<Uuid> deleted;                  // message ids
  std::unordered_map<std::string, Sanction> muted;   // by user id
  std::unordered_map<std::string, Sanction> banned;  // by user id

  bool exists() const { return version != 0; }
};

// Whether `actor` moderates, configures and closes the room and runs its quizzes: its creator,
// its co-hosts and administrators. (contract, "Roles"; D52)
bool is_host(const RoomState& room, const Actor& actor);
bool is_host(const std::string& creator_id, const std::vector<std::string>& co_hosts,
             const Actor& actor);

struct CreateRoom {
  gate::RoomCreate wanted;
  Uuid room;              // drawn by the caller
  std::string join_code;  // join_code() of join_code.h, unique among live rooms
};
struct ConfigureRoom {
  gate::RoomConfigure change;
};
struct CloseRoom {};
// An event of the operator's own, docs/own-events.md. Its name is no type that evolve() knows.
struct PostOwn {
  std::string name;
  boost::json::object payload;  // checked and clean
};
struct PostMessage {
  gate::ChatMessage message;
  Uuid message_id;  // drawn by the caller
};
// What the server knows about the user whom a moderation is about; unknown denies (D52).
struct Target {
  bool known = false;
  bool admin = false;
  std::string username;
};
struct Moderate {
  gate::ChatModerate wanted;
  Target target;  // not looked at for delete
};

// One command to a room. `event_id` is drawn by the caller; the events take it and its successors.
struct RoomCommand {
  Actor actor;
  TimeMs now = 0;
  Uuid event_id;
  std::variant<CreateRoom, ConfigureRoom, CloseRoom, PostMessage, PostOwn, Moderate> what;
};

// Decides on the head. Replies:
//   CreateRoom     {roomId, joinCode}; CONFLICT when it exists
//   ConfigureRoom  describe(); FORBIDDEN, ROOM_CLOSED
//   CloseRoom      {roomId}; again: the same. FORBIDDEN
//   PostMessage    {messageId, seq, timestamp}; the first answer for a repeated clientId, whatever
//                  happened since. ROOM_CLOSED, BANNED, NOT_A_MEMBER, MUTED, in this order
//   PostOwn        {}; ROOM_CLOSED, BANNED, NOT_A_MEMBER, MUTED, in this order
//   Moderate       {roomId, action, messageId | targetUserId, expiresAt?}; FORBIDDEN, NOT_FOUND.
//                  What is so already (deleted, not muted, not banned) is answered without an
//                  event. The creator, administrators, unknown users and oneself are never a target
//                  for anybody but an administrator; co-hosts are one for the creator alone
// All but CreateRoom: NOT_FOUND when there is no room. BANNED and MUTED carry `expiresAt` unless
// the sanction lasts until it is lifted.
//
// Effects: room:configured describe() · room:closed {roomId, timestamp} · chat:message exactly
// {messageId, seq, roomId, userId, username, content, type, metadata, timestamp} ·
// an own event under its name, {…payload, userId, username, timestamp} ·
// chat:moderated {roomId, action, by, timestamp, messageId, seq | targetUserId,
// targetUsername, expiresAt?, reason?} and, for kick and ban, Leave after it.
[[nodiscard]] Decision decide(const RoomState& room, const RoomCommand& command);

// Folds one event. False: the payload is damaged or the version leaves a gap; the state is then
// unspecified and the aggregate must not be used. Types that it does not know only count.
[[nodiscard]] bool evolve(RoomState& room, const events::NewEvent& event);
[[nodiscard]] bool evolve(RoomState& room, const events::DomainEvent& event);

// Who wants to enter a room (user:action join).
struct Joining {
  Actor actor;                   // member: already in
  std::optional<Uuid> guest_of;  // the room of a guest's token
  std::size_t participants = 0;  // distinct users in the room
  TimeMs now = 0;
};

// NOT_FOUND, BANNED, ROOM_CLOSED, FORBIDDEN (a guest of another room, a private room without an
// invitation, a full room), in this order; none: welcome. Hosts who are not banned always are, and
// a member is not in the way of their own place.
[[nodiscard]] std::optional<Failure> may_join(const RoomState& room, const Joining& joining);

// {roomId, name, kind, private, closed, creator: {userId, username}, coHosts, createdAt, joinCode?,
// maxMembers?}. The join code of a private room is for hosts alone.
boost::json::object describe(const RoomState& room, bool host);

// The reply that a chat:message_posted event stands for; none: damaged, or another event.
std::optional<boost::json::object> post_reply(const events::DomainEvent& event);

}  // namespace lectern::classroom
