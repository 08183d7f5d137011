#include "app/router.h"

#include <algorithm>
#include <iterator>
#include <optional>

#include "app/http_target.h"
#include "identity/permission_table.h"

namespace lectern::app {
namespace {

enum class Side { everywhere, open, internal };

struct Row {
  std::string_view method;
  std::string_view pattern;  // "{}" stands for one non-empty segment
  Route route;
  Side side = Side::open;
};

constexpr Row kRows[] = {
    {"POST", "/auth/login", Route::login},
    {"POST", "/auth/guest", Route::guest},
    {"POST", "/auth/refresh", Route::refresh},
    {"POST", "/auth/logout", Route::logout},
    {"POST", "/auth/revoke", Route::revoke},
    {"GET", "/auth/me", Route::me},
    {"GET", "/.well-known/jwks.json", Route::jwks},
    {"GET", "/api/rooms", Route::list_rooms},
    {"POST", "/api/rooms", Route::create_room},
    {"GET", "/api/rooms/{}", Route::show_room},
    {"PATCH", "/api/rooms/{}", Route::configure_room},
    {"DELETE", "/api/rooms/{}", Route::close_room},
    {"GET", "/api/rooms/{}/messages", Route::list_messages},
    {"POST", "/api/rooms/{}/emit", Route::emit},
    {"GET", "/api/quizzes", Route::list_quizzes},
    {"POST", "/api/quizzes", Route::create_quiz},
    {"GET", "/api/quizzes/{}", Route::show_quiz},
    {"GET", "/api/quizzes/{}/results", Route::quiz_results},
    {"GET", "/api/events/{}", Route::list_events},
    {"GET", "/api/audit", Route::list_audit},
    {"GET", "/healthz", Route::healthz, Side::everywhere},
    {"GET", "/readyz", Route::readyz, Side::everywhere},
    {"GET", "/metrics", Route::metrics, Side::internal},
    {"GET", "/api/connections", Route::list_connections, Side::internal},
    {"DELETE", "/api/connections/{}", Route::close_connection, Side::internal},
};

// A route without a row in the table of permissions does not compile.
static_assert(std::all_of(std::begin(kRows), std::end(kRows), [](const Row& row) {
  return identity::has_route_row(row.method, row.pattern);
}));

// The parameters when the segments fit the pattern.
std::optional<std::vector<std::string>> match(std::string_view pattern,
                                              const std::vector<std::string>& segments) {
  std::vector<std::string> parameters;
  pattern.remove_prefix(1);
  for (const auto& segment : segments) {
    if (pattern.empty()) return std::nullopt;
    const auto slash = pattern.find('/');
    const auto expected = pattern.substr(0, slash);
    pattern.remove_prefix(slash == std::string_view::npos ? pattern.size() : slash + 1);
    if (expected == "{}" && !segment.empty()) {
      parameters.push_back(segment);
    } else if (expected != segment) {
      return std::nullopt;
    }
  }
  if (!pattern.empty()) return std::nullopt;
  return parameters;
}

bool reachable(const Row& row, bool internal) {
  return row.side == Side::everywhere || (row.side == Side::internal) == internal;
}

void allow(std::string& list, std::string_view method) {
  if (!list.empty()) list += ", ";
  list += method;
  if (method == "GET") list += ", HEAD";
}

}  // namespace

RouteMatch find_route(std::string_view method, std::string_view path, bool internal) {
  RouteMatch found;
  const auto segments = path_segments(path);
  if (!segments) return found;
  const auto wanted = method == "HEAD" ? std::string_view("GET") : method;
  for (const auto& row : kRows) {
    if (!reachable(row, internal)) continue;
    auto parameters = match(row.pattern, *segments);
    if (!parameters) continue;
    if (row.method == wanted) return {row.route, std::move(*parameters), {}};
    allow(found.allow, row.method);
  }
  if (!found.allow.empty()) {
    found.route = Route::method_not_allowed;
  } else if (!internal &&
             (segments->empty() || (segments->front() != "api" && segments->front() != "auth"))) {
    found.route = Route::web;
  }
  return found;
}

}  // namespace lectern::app
