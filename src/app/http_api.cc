#include "app/http_api.h"

#include <exception>
#include <utility>

#include "app/durability.h"
#include "app/http_target.h"
#include "app/live_sockets.h"
#include "identity/permissions.h"

namespace lectern::app {
namespace {

// Behind these stands an event, whose own checks come in the order of the protocol.
bool is_event(Route route) {
  return route == Route::create_room || route == Route::configure_room ||
         route == Route::close_room || route == Route::list_messages || route == Route::create_quiz;
}

bool needs_no_token(Route route) {
  return route == Route::login || route == Route::guest || route == Route::refresh ||
         route == Route::jwks || route == Route::healthz || route == Route::readyz ||
         route == Route::metrics || route == Route::list_connections ||
         route == Route::close_connection;
}

std::optional<Failure> refusal(const HttpRequest& request, const Caller& caller) {
  const auto requirement = identity::requirement_of_route(request.method, request.path);
  if (!requirement) return not_found("There is nothing here");
  if (identity::satisfies(*requirement, caller.permissions)) return std::nullopt;
  return Failure{"FORBIDDEN", std::string(identity::denial_message(*requirement))};
}

HttpResponse method_not_allowed(const std::string& allow) {
  auto response = error_response(HttpFailure{405, invalid("", "This path knows " + allow)});
  response.headers.emplace_back("Allow", allow);
  return response;
}

}  // namespace

void HttpApi::answer(HttpRequest request, HttpReply reply) {
  HttpReply secured = [reply = std::move(reply)](HttpResponse response) mutable {
    add_security_headers(response);
    reply(std::move(response));
  };
  if (auto elsewhere = enter(request)) return secured(std::move(*elsewhere));
  auto found = find_route(request.method, request.path, request.internal);
  if (found.route == Route::web) return secured(parts_.web.answer(request));
  // Shared, because a handler that throws may have taken the reply along.
  const auto shared = std::make_shared<HttpReply>(std::move(secured));
  const auto once = [shared](HttpResponse response) {
    if (auto answer = std::exchange(*shared, nullptr)) answer(std::move(response));
  };
  try {
    answer_api(std::move(found), std::move(request), once);
  } catch (const std::exception& error) {
    parts_.environment.sink.write(Level::error, std::string("request failed what=") + error.what());
    once(error_response(internal_failure()));
  }
}

std::optional<HttpResponse> HttpApi::enter(HttpRequest& request) const {
  const std::string& base = parts_.environment.config.server.base_path;
  if (request.internal || base == "/") return std::nullopt;
  const auto below = path_below(base, request.path);
  if (below) {
    request.path = std::string(*below);
    return std::nullopt;
  }
  const bool reads = request.method == "GET" || request.method == "HEAD";
  if (!reads || (request.path != "/" && request.path != base)) {
    return error_response(not_found("There is nothing here"));
  }
  return HttpResponse{307, {{"Location", base + '/'}, {"Cache-Control", "no-store"}}, {}, {}};
}

void HttpApi::answer_api(RouteMatch found, HttpRequest request, HttpReply reply) {
  if (found.route == Route::method_not_allowed) return reply(method_not_allowed(found.allow));
  if (found.route == Route::not_found) {
    return reply(error_response(not_found("There is nothing here")));
  }
  if (needs_no_token(found.route)) {
    return answer_open(found, request, std::move(reply));
  }
  auto caller = parts_.callers.identify(identity::bearer_token(request.header("authorization")));
  if (!caller) return reply(error_response(failure_of(caller.error())));
  if (!is_event(found.route)) {
    if (const auto failure = refusal(request, **caller)) return reply(error_response(*failure));
  }
  answer_caller(found.route, {std::move(request), std::move(found.parameters), std::move(*caller),
                              std::move(reply)});
}

void HttpApi::answer_open(const RouteMatch& found, const HttpRequest& request, HttpReply reply) {
  const auto route = found.route;
  if (route == Route::healthz) return reply(json_response(200, {{"status", "alive"}}));
  if (route == Route::readyz) return reply(readiness());
  if (route == Route::metrics) return reply(metrics());
  if (route == Route::jwks) return reply(public_keys());
  if (route == Route::list_connections) return parts_.connections.list(request, std::move(reply));
  if (route == Route::close_connection)
    return parts_.connections.close(found.parameters.front(), std::move(reply));
  auto body = body_object(request);
  if (const auto* failure = std::get_if<HttpFailure>(&body)) return reply(error_response(*failure));
  auto& object = std::get<boost::json::object>(body);
  const auto address =
      parts_.callers.address_of(request.address, request.header("x-forwarded-for"));
  if (route == Route::refresh) {
    return parts_.auth.refresh(std::move(object), address, std::move(reply));
  }
  if (route == Route::login) {
    return parts_.auth.login(std::move(object), address, std::move(reply));
  }
  parts_.auth.guest(std::move(object), address, std::move(reply));
}

void HttpApi::answer_caller(Route route, Call call) {
  // No default: -Wswitch reports a forgotten route.
  switch (route) {
    case Route::me: return call.reply(json_response(200, AuthService::user_object(*call.caller)));
    case Route::logout: return parts_.auth.logout(std::move(call.caller), std::move(call.reply));
    case Route::revoke: {
      auto body = body_object(call.request);
      if (const auto* failure = std::get_if<HttpFailure>(&body)) {
        return call.reply(error_response(*failure));
      }
      return parts_.auth.revoke(std::move(call.caller),
                                std::move(std::get<boost::json::object>(body)),
                                std::move(call.reply));
    }
    case Route::list_rooms: return list_rooms(std::move(call));
    case Route::create_room: return create_room(std::move(call));
    case Route::show_room: return show_room(std::move(call));
    case Route::configure_room: return configure_room(std::move(call));
    case Route::close_room: return close_room(std::move(call));
    case Route::list_messages: return list_messages(std::move(call));
    case Route::emit: return emit(std::move(call));
    case Route::list_quizzes: return list_quizzes(std::move(call));
    case Route::create_quiz: return create_quiz(std::move(call));
    case Route::show_quiz: return show_quiz(std::move(call));
    case Route::quiz_results: return show_results(std::move(call));
    case Route::list_events: return list_events(std::move(call));
    case Route::list_audit: return list_audit(std::move(call));
    case Route::login:
    case Route::guest:
    case Route::refresh:
    case Route::jwks:
    case Route::healthz:
    case Route::readyz:
    case Route::metrics:
    case Route::list_connections:
    case Route::close_connection:
    case Route::web:
    case Route::not_found:
    case Route::method_not_allowed: break;
  }
  call.reply(error_response(internal_failure()));
}

HttpResponse HttpApi::public_keys() const {
  const auto keys = parts_.tokens.public_keys();
  if (!keys) return error_response(not_found("Tokens are not signed with an asymmetric key"));
  auto response = json_response(200, *keys);
  for (auto& [name, value] : response.headers) {
    if (name == "Cache-Control") value = "public, max-age=300";
  }
  return response;
}

HttpResponse HttpApi::readiness() const {
  const auto reason = parts_.not_ready();
  const auto durability = durability_of(parts_.environment.config.store);
  boost::json::object body{{"ready", reason.empty()}, {"durability", durability.mode}};
  body["mayLoseMs"] =
      durability.may_lose_ms ? boost::json::value(*durability.may_lose_ms) : nullptr;
  if (!reason.empty()) body["reason"] = reason;
  return json_response(reason.empty() ? 200 : 503, std::move(body));
}

HttpResponse HttpApi::metrics() const {
  HttpResponse response{
      200, {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"}}, {}, {}};
  write_server_stats(response.body, parts_.environment.server.stats());
  parts_.environment.counters.write(response.body);
  parts_.write_metrics(response.body);
  return response;
}

}  // namespace lectern::app
