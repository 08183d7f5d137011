#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lectern::app {

// What a request asks for. Source: docs/protocol.md, "HTTP".
enum class Route {
  login,
  guest,
  refresh,
  logout,
  revoke,
  me,
  jwks,
  list_rooms,
  create_room,
  show_room,
  configure_room,
  close_room,
  list_messages,
  emit,
  list_quizzes,
  create_quiz,
  show_quiz,
  quiz_results,
  list_events,
  list_audit,
  healthz,
  readyz,
  metrics,
  list_connections,
  close_connection,
  web,        // not one of ours: a file of the web application, or nothing
  not_found,  // under /api or /auth, where no web file can be
  method_not_allowed,
};

struct RouteMatch {
  Route route = Route::not_found;
  std::vector<std::string> parameters;  // the decoded segments behind {…}, in order
  std::string allow;                    // with method_not_allowed: "GET, HEAD, POST"
};

// Finds the route of a request. `path` is percent-encoded and without the query. HEAD takes the
// way of GET. Metrics and connections are found on internal listeners alone, and there nothing but
// these, healthz and readyz is.
RouteMatch find_route(std::string_view method, std::string_view path, bool internal);

}  // namespace lectern::app
