#pragma once

#include <string_view>

#include "identity/permissions.h"

namespace lectern::identity {

// The table itself, so that whoever understands an event or answers a route can refuse to compile
// without a row. Everybody else asks permissions.h.

namespace table {

constexpr Requirement kOpen{Access::open, {}, {}};
constexpr Requirement kAuthenticated{Access::authenticated, {}, {}};
constexpr Requirement kInternal{Access::internal, {}, {}};

constexpr Requirement needs(std::string_view permission, std::string_view also = {}) {
  return {Access::permission, permission, also};
}

}  // namespace table

inline constexpr EventRow kEventRows[] = {
    {"user:action", "join", table::needs("room:join")},
    {"user:action", "leave", table::needs("room:leave")},
    {"user:action", "typing", table::needs("chat:write")},
    {"user:action", "stop_typing", table::needs("chat:write")},
    {"user:action", "", table::kAuthenticated},
    {"room:create", "", table::needs("room:create")},
    {"room:configure", "", table::needs("room:manage")},
    {"room:close", "", table::needs("room:manage")},
    {"room:participants", "", table::needs("room:join")},
    {"chat:message", "", table::needs("chat:write")},
    {"chat:history", "", table::needs("chat:read")},
    {"chat:moderate", "mute", table::needs("chat:moderate", "user:mute")},
    {"chat:moderate", "unmute", table::needs("chat:moderate", "user:mute")},
    {"chat:moderate", "kick", table::needs("chat:moderate", "user:kick")},
    {"chat:moderate", "ban", table::needs("chat:moderate", "user:kick")},
    {"chat:moderate", "unban", table::needs("chat:moderate", "user:kick")},
    {"chat:moderate", "", table::needs("chat:moderate")},
    {"quiz:create", "", table::needs("quiz:create")},
    {"quiz:start", "", table::needs("quiz:start")},
    {"quiz:next", "", table::needs("quiz:manage")},
    {"quiz:close_question", "", table::needs("quiz:manage")},
    {"quiz:pause", "", table::needs("quiz:manage")},
    {"quiz:resume", "", table::needs("quiz:manage")},
    {"quiz:end", "", table::needs("quiz:manage")},
    {"quiz:answer", "", table::needs("quiz:submit_answer")},
    {"quiz:state", "", table::kAuthenticated},
    {"auth:refresh", "", table::kAuthenticated},
    {"ping", "", table::kAuthenticated},
    {"pong", "", table::kAuthenticated},
};

inline constexpr RouteRow kRouteRows[] = {
    {"POST", "/auth/login", table::kOpen},
    {"POST", "/auth/guest", table::kOpen},
    {"POST", "/auth/refresh", table::kOpen},
    {"POST", "/auth/logout", table::kAuthenticated},
    {"POST", "/auth/revoke", table::needs("user:revoke")},
    {"GET", "/auth/me", table::kAuthenticated},
    {"GET", "/.well-known/jwks.json", table::kOpen},
    {"GET", "/api/rooms", table::kAuthenticated},
    {"POST", "/api/rooms", table::needs("room:create")},
    {"GET", "/api/rooms/{roomId}", table::kAuthenticated},
    {"PATCH", "/api/rooms/{roomId}", table::needs("room:manage")},
    {"DELETE", "/api/rooms/{roomId}", table::needs("room:manage")},
    {"GET", "/api/rooms/{roomId}/messages", table::needs("chat:read")},
    {"POST", "/api/rooms/{roomId}/emit", table::needs("room:emit")},
    {"GET", "/api/quizzes", table::needs("quiz:manage")},
    {"POST", "/api/quizzes", table::needs("quiz:create")},
    {"GET", "/api/quizzes/{sessionId}", table::kAuthenticated},
    {"GET", "/api/quizzes/{sessionId}/results", table::needs("quiz:manage")},
    {"GET", "/api/events/{aggregateId}", table::needs("events:read")},
    {"GET", "/api/audit", table::needs("audit:read")},
    {"GET", "/healthz", table::kOpen},
    {"GET", "/readyz", table::kOpen},
    {"GET", "/metrics", table::kInternal},
    {"GET", "/api/connections", table::kInternal},
    {"DELETE", "/api/connections/{id}", table::kInternal},
    // Socket.IO asks for the token in CONNECT, below its own path.
    {"GET", "/socket.io/", table::kOpen},
    {"POST", "/socket.io/", table::kOpen},
    {"GET", "/", table::kOpen},
    {"GET", "/join/{joinCode}", table::kOpen},
};

constexpr bool has_event_row(std::string_view event) {
  for (const auto& row : kEventRows) {
    if (row.event == event && row.action.empty()) return true;
  }
  return false;
}

// Whether two patterns are the same but for the names in braces.
constexpr bool same_pattern(std::string_view a, std::string_view b) {
  while (!a.empty() && !b.empty()) {
    if (a.front() != b.front()) return false;
    if (a.front() == '{') {
      a.remove_prefix(a.find('}'));
      b.remove_prefix(b.find('}'));
    }
    a.remove_prefix(1);
    b.remove_prefix(1);
  }
  return a.empty() && b.empty();
}

constexpr bool has_route_row(std::string_view method, std::string_view pattern) {
  for (const auto& row : kRouteRows) {
    if (row.method == method && same_pattern(row.path, pattern)) return true;
  }
  return false;
}

}  // namespace lectern::identity
