#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace lectern::identity {

enum class Access {
  open,           // everybody, without a token
  authenticated,  // everybody with a valid token; facts (membership, ownership) decide further
  permission,     // whoever holds the permission
  internal,       // everybody, on the internal listener alone
};

// What an event or a request needs. `also` is a second permission, needed as well, or empty.
struct Requirement {
  Access access = Access::permission;
  std::string_view permission;
  std::string_view also;
};

// One row of the table. An event with several actions has a row for each, and one with an empty
// action for payloads that name none of them (the schema refuses those).
struct EventRow {
  std::string_view event;
  std::string_view action;
  Requirement requirement;
};

struct RouteRow {
  std::string_view method;
  std::string_view path;  // "/api/rooms/{roomId}"; a segment in braces stands for any one segment
  Requirement requirement;
};

// The one table of what may be done by whom. D53: what has no row is refused.
std::span<const EventRow> event_rows();
std::span<const RouteRow> route_rows();

// `action` is the payload's `action` for user:action and chat:moderate, else ignored. Nullopt:
// UNKNOWN_MESSAGE_TYPE.
std::optional<Requirement> requirement_of_event(std::string_view event,
                                                std::string_view action = {});

// `path` is a request's path or a pattern of the table. HEAD is GET. Nullopt: no such route.
std::optional<Requirement> requirement_of_route(std::string_view method, std::string_view path);

// Whether somebody who was authenticated and holds `held` may.
bool satisfies(const Requirement& requirement, std::span<const std::string> held);

// What a FORBIDDEN says. Z7–Z9.
std::string_view denial_message(const Requirement& requirement);

}  // namespace lectern::identity
