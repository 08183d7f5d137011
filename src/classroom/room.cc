#include "classroom/room.h"

#include <algorithm>
#include <utility>

#include <boost/json/serialize.hpp>

#include "classroom/history.h"

namespace lectern::classroom {
namespace {

namespace json = boost::json;
using Moderation = gate::ChatModerate::Action;

constexpr std::string_view kNoModeration = "Insufficient permissions for moderation";

events::NewEvent event_of(const RoomCommand& command, std::string_view type,
                          const json::object& payload) {
  return {command.event_id, std::string(type), json::serialize(payload), command.now};
}

bool is_co_host(const RoomState& room, std::string_view user_id) {
  return std::find(room.co_hosts.begin(), room.co_hosts.end(), user_id) != room.co_hosts.end();
}

const Sanction* sanction_of(const std::unordered_map<std::string, Sanction>& sanctions,
                            const std::string& user_id, TimeMs now) {
  const auto found = sanctions.find(user_id);
  return found != sanctions.end() && found->second.holds(now) ? &found->second : nullptr;
}

Failure sanctioned(std::string_view type, std::string_view message, const Sanction& sanction) {
  Failure failure{std::string(type), std::string(message), {}};
  if (sanction.until) failure.extra["expiresAt"] = *sanction.until;
  return failure;
}

json::object post_fields(const Uuid& message_id, std::uint64_t seq, TimeMs timestamp) {
  return {{"messageId", message_id.to_string()}, {"seq", seq}, {"timestamp", timestamp}};
}

// The decisions of one command; `room` exists except for a creation.
struct Deciding {
  const RoomState& room;
  const RoomCommand& command;

  Decision operator()(const CreateRoom& create) const;
  Decision operator()(const ConfigureRoom& configure) const;
  Decision operator()(const CloseRoom&) const;
  Decision operator()(const PostMessage& post) const;
  Decision operator()(const PostOwn& post) const;
  Decision operator()(const Moderate& moderate) const;

 private:
  std::optional<Failure> refuse_post() const;
  std::optional<Failure> refuse_target(const Moderate& moderate) const;
  bool changes_something(const gate::ChatModerate& wanted) const;
};

Decision Deciding::operator()(const CreateRoom& create) const {
  if (room.exists()) return Decision::refuse(conflict("The room exists", room.version));
  const auto& wanted = create.wanted;
  json::object payload{
      {"roomId", create.room.to_string()},
      {"name", wanted.name},
      {"kind", wanted.kind},
      {"joinCode", create.join_code},
      {"private", wanted.options.is_private.value_or(false)},
      {"creator", {{"userId", command.actor.user_id}, {"username", command.actor.username}}}};
  if (wanted.options.max_members) payload["maxMembers"] = *wanted.options.max_members;
  Decision decision;
  decision.events.push_back(event_of(command, "room:created", payload));
  decision.reply = {{"roomId", create.room.to_string()}, {"joinCode", create.join_code}};
  return decision;
}

Decision Deciding::operator()(const ConfigureRoom& configure) const {
  if (!is_host(room, command.actor)) return Decision::refuse(forbidden());
  if (room.closed) return Decision::refuse(room_closed());
  const auto& change = configure.change;
  json::object payload{{"by", command.actor.user_id}};
  RoomState changed = room;
  if (change.name) payload["name"] = changed.name = *change.name;
  if (change.co_hosts) {
    changed.co_hosts = *change.co_hosts;
    payload["coHosts"] = json::array(change.co_hosts->begin(), change.co_hosts->end());
  }
  if (change.options.is_private) {
    payload["private"] = changed.is_private = *change.options.is_private;
  }
  if (change.options.max_members) {
    changed.max_members = change.options.max_members;
    payload["maxMembers"] = *change.options.max_members;
  }
  Decision decision;
  decision.reply = describe(changed, /*host=*/true);
  if (decision.reply == describe(room, /*host=*/true)) return decision;
  decision.events.push_back(event_of(command, "room:configured", payload));
  decision.effects.push_back(ToRoom{"room:configured", describe(changed, /*host=*/false)});
  return decision;
}

Decision Deciding::operator()(const CloseRoom&) const {
  if (!is_host(room, command.actor)) return Decision::refuse(forbidden());
  Decision decision;
  decision.reply = {{"roomId", room.id.to_string()}};
  if (room.closed) return decision;
  decision.events.push_back(event_of(command, "room:closed", {{"by", command.actor.user_id}}));
  decision.effects.push_back(
      ToRoom{"room:closed", {{"roomId", room.id.to_string()}, {"timestamp", command.now}}});
  return decision;
}

std::optional<Failure> Deciding::refuse_post() const {
  const auto& user = command.actor.user_id;
  if (room.closed) return room_closed();
  if (const auto* ban = sanction_of(room.banned, user, command.now)) {
    return sanctioned("BANNED", "You are banned from this room", *ban);
  }
  if (!command.actor.member) return not_a_member();
  if (const auto* mute = sanction_of(room.muted, user, command.now)) {
    return sanctioned("MUTED", "You are muted in this room", *mute);
  }
  return std::nullopt;
}

Decision Deciding::operator()(const PostMessage& post) const {
  const auto& wanted = post.message;
  Decision decision;
  std::string key;
  if (!wanted.client_id.empty()) {
    key = client_key(command.actor.user_id, wanted.client_id);
    if (const auto* first = room.posts.find(key)) {
      decision.reply = post_fields(first->message_id, first->seq, first->timestamp);
      return decision;
    }
    decision.idempotency_key = "post:" + key;
  }
  if (auto failure = refuse_post()) return Decision::refuse(std::move(*failure));
  const Message message{
      post.message_id,        room.last_seq + 1, room.id,     command.actor.user_id,
      command.actor.username, wanted.content,    wanted.type, wanted.reply_to,
      wanted.mentions,        command.now};
  auto payload = message.to_json();
  decision.effects.push_back(ToRoom{"chat:message", payload});
  if (!wanted.client_id.empty()) payload["clientId"] = wanted.client_id;
  decision.events.push_back(event_of(command, "chat:message_posted", payload));
  decision.reply = post_fields(message.message_id, message.seq, message.timestamp);
  return decision;
}

Decision Deciding::operator()(const PostOwn& post) const {
  if (auto failure = refuse_post()) return Decision::refuse(std::move(*failure));
  auto payload = post.payload;
  payload["userId"] = command.actor.user_id;
  payload["username"] = command.actor.username;
  payload["timestamp"] = command.now;
  Decision decision;
  decision.events.push_back(event_of(command, post.name, payload));
  decision.effects.push_back(ToRoom{post.name, std::move(payload)});
  return decision;
}

std::optional<Failure> Deciding::refuse_target(const Moderate& moderate) const {
  const auto& target = moderate.wanted.target_user;
  const auto& actor = command.actor;
  if (target == actor.user_id) return forbidden(kNoModeration);
  if (actor.admin) return std::nullopt;
  // What is known of a user may be lost with their last connection; lifting a sanction that
  // stands here in the log harms nobody.
  const bool lifts =
      moderate.wanted.action == Moderation::unmute || moderate.wanted.action == Moderation::unban;
  if (lifts) return std::nullopt;
  const bool of_rank =
      target == room.creator_id || (is_co_host(room, target) && actor.user_id != room.creator_id);
  if (!moderate.target.known || moderate.target.admin || of_rank) return forbidden(kNoModeration);
  return std::nullopt;
}

bool Deciding::changes_something(const gate::ChatModerate& wanted) const {
  switch (wanted.action) {
    case Moderation::delete_message: return room.deleted.count(*wanted.message) == 0;
    case Moderation::unmute: return sanction_of(room.muted, wanted.target_user, command.now);
    case Moderation::unban: return sanction_of(room.banned, wanted.target_user, command.now);
    case Moderation::mute:
    case Moderation::kick:
    case Moderation::ban: break;
  }
  return true;
}

Decision Deciding::operator()(const Moderate& moderate) const {
  if (!is_host(room, command.actor)) return Decision::refuse(forbidden(kNoModeration));
  const auto& wanted = moderate.wanted;
  Decision decision;
  decision.reply = {{"roomId", room.id.to_string()}, {"action", gate::name_of(wanted.action)}};
  json::object about;
  if (wanted.action == Moderation::delete_message) {
    const auto* post = wanted.message ? room.posts.find(*wanted.message) : nullptr;
    if (post == nullptr) return Decision::refuse(not_found("No such message"));
    decision.reply["messageId"] = about["messageId"] = wanted.message->to_string();
    about["seq"] = post->seq;
  } else {
    if (auto failure = refuse_target(moderate)) return Decision::refuse(std::move(*failure));
    decision.reply["targetUserId"] = about["targetUserId"] = wanted.target_user;
    about["targetUsername"] = moderate.target.username;
  }
  if (!changes_something(wanted)) return decision;

  const bool leaves = wanted.action == Moderation::kick || wanted.action == Moderation::ban;
  const bool lasts = wanted.action == Moderation::mute || wanted.action == Moderation::ban;
  json::object payload{{"roomId", room.id.to_string()},
                       {"action", gate::name_of(wanted.action)},
                       {"by", command.actor.user_id},
                       {"timestamp", command.now}};
  for (const auto& [key, value] : about) payload[key] = value;
  if (lasts && wanted.duration_ms) {
    decision.reply["expiresAt"] = payload["expiresAt"] = command.now + *wanted.duration_ms;
  }
  if (!wanted.reason.empty()) payload["reason"] = wanted.reason;
  decision.events.push_back(event_of(command, "chat:moderated", payload));
  decision.effects.push_back(ToRoom{"chat:moderated", std::move(payload)});
  if (leaves) decision.effects.push_back(Leave{wanted.target_user});
  return decision;
}

}  // namespace

Decision decide(const RoomState& room, const RoomCommand& command) {
  if (!room.exists() && !std::holds_alternative<CreateRoom>(command.what)) {
    return Decision::refuse(not_found("No such room"));
  }
  return std::visit(Deciding{room, command}, command.what);
}

bool is_host(const RoomState& room, const Actor& actor) {
  return room.exists() && is_host(room.creator_id, room.co_hosts, actor);
}

bool is_host(const std::string& creator_id, const std::vector<std::string>& co_hosts,
             const Actor& actor) {
  return actor.admin || actor.user_id == creator_id ||
         std::find(co_hosts.begin(), co_hosts.end(), actor.user_id) != co_hosts.end();
}

std::optional<Failure> may_join(const RoomState& room, const Joining& joining) {
  const auto& actor = joining.actor;
  if (!room.exists()) return not_found("No such room");
  if (const auto* ban = sanction_of(room.banned, actor.user_id, joining.now)) {
    return sanctioned("BANNED", "You are banned from this room", *ban);
  }
  if (is_host(room, actor)) return std::nullopt;
  if (room.closed) return room_closed();
  if (joining.guest_of && *joining.guest_of != room.id) {
    return forbidden("Guests may join the room of their invitation only");
  }
  if (actor.member) return std::nullopt;
  if (room.is_private && !joining.guest_of) return forbidden("The room is private");
  if (room.max_members && joining.participants >= *room.max_members) {
    return forbidden("The room is full");
  }
  return std::nullopt;
}

json::object describe(const RoomState& room, bool host) {
  json::object object{{"roomId", room.id.to_string()},
                      {"name", room.name},
                      {"kind", room.kind},
                      {"private", room.is_private},
                      {"closed", room.closed},
                      {"creator", {{"userId", room.creator_id}, {"username", room.creator_name}}},
                      {"coHosts", json::array(room.co_hosts.begin(), room.co_hosts.end())},
                      {"createdAt", room.created_at}};
  if (host || !room.is_private) object["joinCode"] = room.join_code;
  if (room.max_members) object["maxMembers"] = *room.max_members;
  return object;
}

std::optional<json::object> post_reply(const events::DomainEvent& event) {
  const auto message = message_of(event);
  if (!message) return std::nullopt;
  return post_fields(message->message_id, message->seq, message->timestamp);
}

}  // namespace lectern::classroom
