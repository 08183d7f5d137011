#include <limits>
#include <utility>

#include "classroom/record.h"
#include "classroom/room.h"

namespace lectern::classroom {
namespace {

using Moderation = gate::ChatModerate::Action;

bool read_user_ids(const boost::json::array& array, std::vector<std::string>& user_ids) {
  user_ids.clear();
  for (const auto& entry : array) {
    const auto* text = entry.if_string();
    if (text == nullptr) return false;
    user_ids.emplace_back(*text);
  }
  return true;
}

std::optional<std::uint32_t> read_max_members(Record& record) {
  const auto number = record.optional_integer("maxMembers");
  if (!number) return std::nullopt;
  if (*number < 1 || *number > std::numeric_limits<std::uint32_t>::max()) record.fail();
  return static_cast<std::uint32_t>(*number);
}

bool created(RoomState& room, Record& record, TimeMs timestamp) {
  if (room.exists()) return false;
  room.id = record.uuid("roomId");
  room.name = record.string("name");
  room.kind = record.string("kind");
  room.join_code = record.string("joinCode");
  room.is_private = record.boolean("private");
  room.max_members = read_max_members(record);
  Record creator(record.value("creator"));
  room.creator_id = creator.string("userId");
  room.creator_name = creator.string("username");
  room.created_at = timestamp;
  return record.good() && creator.good();
}

bool configured(RoomState& room, Record& record) {
  if (const auto name = record.optional_string("name")) room.name = *name;
  if (record.has("private")) room.is_private = record.boolean("private");
  if (const auto most = read_max_members(record)) room.max_members = most;
  if (record.has("coHosts") && !read_user_ids(record.array("coHosts"), room.co_hosts)) return false;
  return record.good();
}

bool posted(RoomState& room, Record& record) {
  Post post;
  post.message_id = record.uuid("messageId");
  post.seq = record.natural("seq");
  post.timestamp = record.integer("timestamp");
  const auto user_id = record.string("userId");
  if (const auto client_id = record.optional_string("clientId")) {
    post.client_key = client_key(user_id, *client_id);
  }
  if (!record.good() || post.seq != room.last_seq + 1) return false;
  room.last_seq = post.seq;
  room.posts.add(std::move(post));
  return true;
}

void drop_past(std::unordered_map<std::string, Sanction>& sanctions, TimeMs now) {
  std::erase_if(sanctions, [&](const auto& entry) { return !entry.second.holds(now); });
}

bool moderated(RoomState& room, Record& record, TimeMs timestamp) {
  const auto action = gate::moderation(record.string("action"));
  if (!action) return false;
  drop_past(room.muted, timestamp);
  drop_past(room.banned, timestamp);
  if (*action == Moderation::delete_message) {
    room.deleted.insert(record.uuid("messageId"));
    return record.good();
  }
  const std::string target(record.string("targetUserId"));
  const Sanction sanction{record.optional_integer("expiresAt")};
  switch (*action) {
    case Moderation::mute: room.muted[target] = sanction; break;
    case Moderation::unmute: room.muted.erase(target); break;
    case Moderation::ban: room.banned[target] = sanction; break;
    case Moderation::unban: room.banned.erase(target); break;
    case Moderation::kick:
    case Moderation::delete_message: break;
  }
  return record.good();
}

template <class Event>
bool fold(RoomState& room, const Event& event) {
  bool folded = true;
  if (event.type == "chat:message_posted") {
    Record record(event.payload);
    folded = room.exists() && posted(room, record);
  } else if (event.type == "chat:moderated") {
    Record record(event.payload);
    folded = room.exists() && moderated(room, record, event.timestamp);
  } else if (event.type == "room:configured") {
    Record record(event.payload);
    folded = room.exists() && configured(room, record);
  } else if (event.type == "room:closed") {
    folded = room.exists();
    room.closed = true;
  } else if (event.type == "room:created") {
    Record record(event.payload);
    folded = created(room, record, event.timestamp);
  } else {
    folded = room.exists();
  }
  ++room.version;
  return folded;
}

}  // namespace

bool evolve(RoomState& room, const events::NewEvent& event) { return fold(room, event); }

bool evolve(RoomState& room, const events::DomainEvent& event) {
  return event.version == room.version + 1 && fold(room, event);
}

}  // namespace lectern::classroom
