#include "app/person.h"

#include <initializer_list>
#include <string_view>
#include <utility>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "gate/own_events.h"

namespace lectern::app {
namespace {

namespace json = boost::json;

bool holds(const json::value& value, std::string_view text) {
  if (const auto* string = value.if_string()) return *string == text;
  if (const auto* array = value.if_array()) {
    for (const auto& entry : *array) {
      if (holds(entry, text)) return true;
    }
  }
  if (const auto* object = value.if_object()) {
    for (const auto& [key, entry] : *object) {
      if (holds(entry, text)) return true;
    }
  }
  return false;
}

bool is(const json::object& object, std::string_view key, std::string_view text) {
  const auto* value = object.if_contains(key);
  return value && value->is_string() && value->get_string() == text;
}

bool blank(json::object& object, std::initializer_list<std::string_view> keys) {
  bool changed = false;
  for (const auto key : keys) {
    auto* value = object.if_contains(key);
    if (!value || !value->is_string() || value->get_string().empty()) continue;
    *value = "";
    changed = true;
  }
  return changed;
}

// In every object that is about the user.
bool hide(json::value& value, std::string_view user_id) {
  bool changed = false;
  if (auto* array = value.if_array()) {
    for (auto& entry : *array) changed |= hide(entry, user_id);
  }
  auto* object = value.if_object();
  if (!object) return changed;
  if (is(*object, "userId", user_id)) changed |= blank(*object, {"username", "content"});
  if (is(*object, "targetUserId", user_id)) changed |= blank(*object, {"reason"});
  for (auto& [key, entry] : *object) changed |= hide(entry, user_id);
  return changed;
}

// Nobody but its author knows what an event of the operator's own says: only what the server wrote
// about it stays.
bool hide_own(json::object& payload, std::string_view user_id) {
  if (!is(payload, "userId", user_id)) return false;
  json::object kept;
  for (const auto key : {"roomId", "userId", "timestamp"}) {
    if (const auto* value = payload.if_contains(key)) kept[key] = *value;
  }
  if (kept == payload) return false;
  payload = std::move(kept);
  return true;
}

}  // namespace

bool concerns(const events::DomainEvent& event, const std::string& user_id) {
  json::error_code error;
  const auto payload = json::parse(event.payload, error);
  return !error && holds(payload, user_id);
}

std::optional<std::string> without_person(const events::DomainEvent& event,
                                          const std::string& user_id) {
  if (!concerns(event, user_id)) return std::nullopt;
  auto payload = json::parse(event.payload);
  const bool own = payload.is_object() && gate::problem_of_event_name(event.type).empty();
  const bool hidden = own && hide_own(payload.get_object(), user_id);
  if (!hide(payload, user_id) && !hidden) return std::nullopt;
  return json::serialize(payload);
}

}  // namespace lectern::app
