#include "identity/permissions.h"

#include "identity/roles.h"

namespace lectern::identity {
namespace {

constexpr Requirement kOpen{Access::open, {}, {}};
constexpr Requirement kAuthenticated{Access::authenticated, {}, {}};
constexpr Requirement kInternal{Access::internal, {}, {}};

constexpr Requirement needs(std::string_view permission, std::string_view also = {}) {
  return {Access::permission, permission, also};
}

constexpr EventRow kEvents[] = {
    {"user:action", "join", needs("room:join")},
    {"user:action", "leave", needs("room:leave")},
    {"user:action", "typing", needs("chat:write")},
    {"user:action", "stop_typing", needs("chat:write")},
    {"user:action", "", kAuthenticated},
    {"room:create", "", needs("room:create")},
    {"room:configure", "", needs("room:manage")},
    {"room:close", "", needs("room:manage")},
    {"room:participants", "", needs("room:join")},
    {"chat:message", "", needs("chat:write")},
    {"chat:history", "", needs("chat:read")},
    {"chat:moderate", "mute", needs("chat:moderate", "user:mute")},
    {"chat:moderate", "unmute", needs("chat:moderate", "user:mute")},
    {"chat:moderate", "kick", needs("chat:moderate", "user:kick")},
    {"chat:moderate", "ban", needs("chat:moderate", "user:kick")},
    {"chat:moderate", "unban", needs("chat:moderate", "user:kick")},
    {"chat:moderate", "", needs("chat:moderate")},
    {"quiz:create", "", needs("quiz:create")},
    {"quiz:start", "", needs("quiz:start")},
    {"quiz:next", "", needs("quiz:manage")},
    {"quiz:close_question", "", needs("quiz:manage")},
    {"quiz:pause", "", needs("quiz:manage")},
    {"quiz:resume", "", needs("quiz:manage")},
    {"quiz:end", "", needs("quiz:manage")},
    {"quiz:answer", "", needs("quiz:submit_answer")},
    {"quiz:state", "", kAuthenticated},
    {"auth:refresh", "", kAuthenticated},
    {"ping", "", kAuthenticated},
    {"pong", "", kAuthenticated},
};

constexpr RouteRow kRoutes[] = {
    {"POST", "/auth/login", kOpen},
    {"POST", "/auth/guest", kOpen},
    {"POST", "/auth/refresh", kOpen},
    {"POST", "/auth/logout", kAuthenticated},
    {"POST", "/auth/revoke", needs("user:revoke")},
    {"GET", "/auth/me", kAuthenticated},
    {"GET", "/.well-known/jwks.json", kOpen},
    {"GET", "/api/rooms", kAuthenticated},
    {"POST", "/api/rooms", needs("room:create")},
    {"GET", "/api/rooms/{roomId}", kAuthenticated},
    {"PATCH", "/api/rooms/{roomId}", needs("room:manage")},
    {"DELETE", "/api/rooms/{roomId}", needs("room:manage")},
    {"GET", "/api/rooms/{roomId}/messages", needs("chat:read")},
    {"POST", "/api/rooms/{roomId}/emit", needs("room:emit")},
    {"GET", "/api/quizzes", needs("quiz:manage")},
    {"POST", "/api/quizzes", needs("quiz:create")},
    {"GET", "/api/quizzes/{sessionId}", kAuthenticated},
    {"GET", "/api/quizzes/{sessionId}/results", needs("quiz:manage")},
    {"GET", "/api/events/{aggregateId}", needs("events:read")},
    {"GET", "/api/audit", needs("audit:read")},
    {"GET", "/healthz", kOpen},
    {"GET", "/readyz", kOpen},
    {"GET", "/metrics", kInternal},
    // Socket.IO asks for the token in CONNECT, below its own path.
    {"GET", "/socket.io/", kOpen},
    {"POST", "/socket.io/", kOpen},
    {"GET", "/", kOpen},
    {"GET", "/join/{joinCode}", kOpen},
};

// The first segment of a path, and the path without it; "/a/b" gives "/a".
std::string_view take_segment(std::string_view& path) {
  const auto slash = path.find('/', 1);
  const auto segment = path.substr(0, slash);
  path = slash == path.npos ? std::string_view() : path.substr(slash);
  return segment;
}

bool matches(std::string_view pattern, std::string_view path) {
  while (!pattern.empty() && !path.empty()) {
    const auto wanted = take_segment(pattern);
    const auto given = take_segment(path);
    if (wanted.starts_with("/{") ? given.size() < 2 : given != wanted) return false;
  }
  return pattern.empty() && path.empty();
}

}  // namespace

std::span<const EventRow> event_rows() { return kEvents; }
std::span<const RouteRow> route_rows() { return kRoutes; }

std::optional<Requirement> requirement_of_event(std::string_view event, std::string_view action) {
  const bool has_actions = event == "user:action" || event == "chat:moderate";
  std::optional<Requirement> without_action;
  for (const auto& row : kEvents) {
    if (row.event != event) continue;
    if (has_actions && !row.action.empty() && row.action == action) return row.requirement;
    if (row.action.empty()) without_action = row.requirement;
  }
  return without_action;
}

std::optional<Requirement> requirement_of_route(std::string_view method, std::string_view path) {
  if (method == "HEAD") method = "GET";
  for (const auto& row : kRoutes) {
    if (row.method == method && matches(row.path, path)) return row.requirement;
  }
  return std::nullopt;
}

bool satisfies(const Requirement& requirement, std::span<const std::string> held) {
  if (requirement.access != Access::permission) return requirement.access != Access::internal;
  return grants(held, requirement.permission) &&
         (requirement.also.empty() || grants(held, requirement.also));
}

std::string_view denial_message(const Requirement& requirement) {
  if (requirement.permission == "chat:moderate") return "Insufficient permissions for moderation";
  if (requirement.permission == "quiz:start") return "Only instructors can start quizzes";
  return "Insufficient permissions";
}

}  // namespace lectern::identity
