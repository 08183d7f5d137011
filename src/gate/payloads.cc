#include "gate/payloads.h"

#include <cstddef>
#include <utility>

#include <boost/json.hpp>

#include "gate/code_points.h"
#include "gate/fields.h"
#include "gate/sanitiser.h"
#include "gate/web_url.h"

namespace lectern::gate {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxUserId = 128;
constexpr std::int64_t kMaxPage = 1000;
constexpr std::int64_t kDayMs = 86'400'000;

std::optional<std::uint64_t> count(std::optional<std::int64_t> value) {
  if (!value) return std::nullopt;
  return static_cast<std::uint64_t>(*value);
}

// Ids of users are the words of whoever signs the tokens. They are compared, so they are refused
// rather than cleaned when they hold what no name may.
bool is_user_id(std::string_view id) { return !id.empty() && clean_name(id, kMaxUserId) == id; }

std::string user_id(Fields& fields, std::string_view key) {
  auto id = fields.optional_string(key, {1, kMaxUserId}).value_or("");
  if (!id.empty() && !is_user_id(id)) fields.fail(key, "must be a user id");
  return id;
}

std::vector<std::string> user_ids(Fields& fields, std::string_view key, std::size_t most) {
  std::vector<std::string> ids;
  const auto* array = fields.optional_array(key, {0, most});
  if (array == nullptr) return ids;
  for (std::size_t i = 0; i < array->size(); ++i) {
    const auto path = std::string(key) + "." + std::to_string(i);
    if (!fields.check_length((*array)[i], path, {1, kMaxUserId})) break;
    ids.emplace_back(std::string_view((*array)[i].get_string()));
    if (!is_user_id(ids.back())) fields.fail(path, "must be a user id");
  }
  return ids;
}

std::vector<std::string> names(Fields& fields, std::string_view key, std::size_t most_entries,
                               std::size_t most_characters) {
  std::vector<std::string> clean;
  const auto* array = fields.optional_array(key, {0, most_entries});
  if (array == nullptr) return clean;
  for (std::size_t i = 0; i < array->size(); ++i) {
    const auto path = std::string(key) + "." + std::to_string(i);
    if (!fields.check_length((*array)[i], path, {1, most_characters})) break;
    clean.push_back(clean_name(std::string_view((*array)[i].get_string()), most_characters));
    if (is_blank(clean.back()))
      fields.fail(path, "must have visible characters other than < and >");
  }
  return clean;
}

RoomOptions room_options(Fields& fields) {
  RoomOptions options;
  auto* object = fields.optional_object("options");
  if (object == nullptr) return options;
  Fields inner(*object, fields.path_of("options."), fields.error());
  options.is_private = inner.optional_boolean("private");
  if (const auto members = inner.optional_integer("maxMembers", 1, 100'000)) {
    options.max_members = static_cast<std::uint32_t>(*members);
  }
  inner.finish();
  return options;
}

bool is_kind(std::string_view kind) {
  for (const char c : kind) {
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-')) return false;
  }
  return true;
}

std::string message_content(Fields& fields, ContentType type) {
  auto typed = fields.string("content", {1, 1000});
  if (fields.failed()) return {};
  if (type != ContentType::text) {
    if (!is_web_url(typed)) fields.fail("content", "must be an absolute http or https URL");
    return typed;
  }
  auto clean = sanitise(typed);
  if (clean.blank) fields.fail("content", "is empty after cleaning");
  return std::move(clean.html);
}

}  // namespace

Parsed<json::object> payload_of(json::array& args) {
  if (args.empty() || (args.size() == 1 && args[0].is_null())) return json::object();
  if (args.size() > 1) return ValidationError{"", "Validation error: one payload is expected"};
  if (auto* object = args[0].if_object()) return std::move(*object);
  return ValidationError{"", "Validation error: the payload must be an object"};
}

Parsed<UserAction> parse_user_action(json::object& payload) {
  std::optional<ValidationError> error;
  Fields fields(payload, "", error);
  UserAction action;
  action.action = static_cast<UserAction::Action>(
      fields.word("action", {"join", "leave", "typing", "stop_typing"}));
  action.target = fields.uuid("target");
  if (auto* metadata = fields.optional_object("metadata")) {
    Fields inner(*metadata, "metadata.", error);
    action.after = count(inner.optional_integer("after", 0, kMaxSafeInteger));
    inner.finish();
  }
  return parsed(action, fields);
}

Parsed<RoomCreate> parse_room_create(json::object& payload) {
  std::optional<ValidationError> error;
  Fields fields(payload, "", error);
  RoomCreate create;
  create.name = fields.name("name", 100);
  create.kind = fields.optional_string("kind", {1, 32}).value_or(std::move(create.kind));
  if (!is_kind(create.kind)) fields.fail("kind", "must be made of a-z, 0-9, _ and -");
  create.options = room_options(fields);
  return parsed(std::move(create), fields);
}

Parsed<RoomConfigure> parse_room_configure(json::object& payload) {
  std::optional<ValidationError> error;
  Fields fields(payload, "", error);
  RoomConfigure configure;
  configure.room = fields.uuid("roomId");
  configure.name = fields.optional_name("name", 100);
  if (payload.contains("coHosts")) configure.co_hosts = user_ids(fields, "coHosts", 50);
  configure.options = room_options(fields);
  return parsed(std::move(configure), fields);
}

Parsed<RoomClose> parse_room_close(json::object& payload) {
  std::optional<ValidationError> error;
  Fields fields(payload, "", error);
  return parsed(RoomClose{fields.uuid("roomId")}, fields);
}

Parsed<RoomParticipants> parse_room_participants(json::object& payload) {
  std::optional<ValidationError> error;
  Fields fields(payload, "", error);
  RoomParticipants ask;
  ask.room = fields.uuid("roomId");
  ask.cursor = fields.optional_string("cursor", {1, 256}).value_or("");
  ask.limit =
      static_cast<std::uint32_t>(fields.optional_integer("limit", 1, kMaxPage).value_or(ask.limit));
  return parsed(ask, fields);
}

Parsed<ChatMessage> parse_chat_message(json::object& payload) {
  std::optional<ValidationError> error;
  Fields fields(payload, "", error);
  ChatMessage message;
  message.room = fields.uuid("roomId");
  message.type = static_cast<ContentType>(fields.word("type", {"text", "image", "file"}, 0));
  message.content = message_content(fields, message.type);
  if (auto* metadata = fields.optional_object("metadata")) {
    Fields inner(*metadata, "metadata.", error);
    message.reply_to = inner.optional_uuid("replyTo");
    message.mentions = names(inner, "mentions", 10, 64);
    inner.finish();
  }
  message.client_id = fields.optional_string("clientId", {1, 64}).value_or("");
  return parsed(std::move(message), fields);
}

Parsed<ChatHistory> parse_chat_history(json::object& payload) {
  std::optional<ValidationError> error;
  Fields fields(payload, "", error);
  ChatHistory ask;
  ask.room = fields.uuid("roomId");
  ask.before = count(fields.optional_integer("before", 0, kMaxSafeInteger));
  ask.after = count(fields.optional_integer("after", 0, kMaxSafeInteger));
  ask.limit =
      static_cast<std::uint32_t>(fields.optional_integer("limit", 1, kMaxPage).value_or(ask.limit));
  return parsed(ask, fields);
}

Parsed<ChatModerate> parse_chat_moderate(json::object& payload) {
  std::optional<ValidationError> error;
  Fields fields(payload, "", error);
  ChatModerate moderate;
  moderate.room = fields.uuid("roomId");
  moderate.action = static_cast<ChatModerate::Action>(
      fields.word("action", {"delete", "mute", "unmute", "kick", "ban", "unban"}));
  moderate.message = fields.optional_uuid("messageId");
  moderate.target_user = user_id(fields, "targetUserId");
  moderate.duration_ms = fields.optional_integer("durationMs", 1, 365 * kDayMs);
  moderate.reason = fields.optional_text("reason", 500).value_or("");
  if (moderate.action == ChatModerate::Action::delete_message) {
    if (!moderate.message) fields.fail("messageId", "is required");
  } else if (moderate.target_user.empty()) {
    fields.fail("targetUserId", "is required");
  }
  return parsed(std::move(moderate), fields);
}

Parsed<AuthRefresh> parse_auth_refresh(json::object& payload) {
  std::optional<ValidationError> error;
  Fields fields(payload, "", error);
  return parsed(AuthRefresh{fields.string("token", {1, 8192})}, fields);
}

Parsed<Ping> parse_ping(json::object& payload) {
  std::optional<ValidationError> error;
  Fields fields(payload, "", error);
  return parsed(Ping{fields.optional_integer("sentAt", -kMaxSafeInteger, kMaxSafeInteger)}, fields);
}

}  // namespace lectern::gate
