#include "app/failure.h"

#include <string_view>
#include <utility>

#include <boost/json/serialize.hpp>

#include "identity/errors.h"

namespace lectern::app {
namespace {

struct Status {
  std::string_view type;
  int status;
};

constexpr Status kStatuses[] = {
    {"VALIDATION_ERROR", 400},
    {"UNKNOWN_MESSAGE_TYPE", 400},
    {"AUTH_REQUIRED", 401},
    {"INVALID_CREDENTIALS", 401},
    {"INVALID_TOKEN", 401},
    {"TOKEN_EXPIRED", 401},
    {"TOKEN_REVOKED", 401},
    {"TOKEN_REUSED", 401},
    {"FORBIDDEN", 403},
    {"NOT_A_MEMBER", 403},
    {"MUTED", 403},
    {"BANNED", 403},
    {"NOT_FOUND", 404},
    {"CONFLICT", 409},
    {"ROOM_CLOSED", 409},
    {"QUIZ_NOT_OPEN", 409},
    {"LATE_ANSWER", 409},
    {"DUPLICATE_ANSWER", 409},
    {"PAYLOAD_TOO_LARGE", 413},
    {"UNSUPPORTED_MEDIA_TYPE", 415},
    {"RATE_LIMIT_EXCEEDED", 429},
    {"ROOM_RATE_LIMIT_EXCEEDED", 429},
    {"QUIZ_RATE_LIMIT_EXCEEDED", 429},
    {"SERVER_BUSY", 503},
    {"SERVER_DRAINING", 503},
    {"STORE_UNAVAILABLE", 503},
};

}  // namespace

Failure failure_of(const gate::ValidationError& error) {
  return invalid(error.field, error.message);
}

Failure failure_of(const gate::LimitRefusal& refusal) {
  return {refusal.type,
          refusal.message,
          {{"rule", refusal.rule},
           {"resetTime", refusal.reset_time},
           {"retryAfterMs", refusal.retry_after_ms}}};
}

Failure failure_of(classroom::Failure failure) {
  return {std::move(failure.type), std::move(failure.message), std::move(failure.extra)};
}

Failure failure_of(const boost::system::error_code& auth_error) {
  return {identity::type_of(identity::auth_errc(auth_error)), auth_error.message()};
}

Failure not_found(std::string message) { return {"NOT_FOUND", std::move(message)}; }

Failure busy() {
  return {"SERVER_BUSY", "The server is busy, try again", {{"retryAfterMs", 1000}}};
}

Failure internal_failure() { return {"INTERNAL", "Something went wrong on the server"}; }

Failure no_room() { return failure_of(classroom::not_found("No such room")); }
Failure no_session() { return failure_of(classroom::not_found("No such quiz")); }

Failure store_unavailable() {
  return {"STORE_UNAVAILABLE", "The server cannot store anything at the moment"};
}

Failure unknown_event() { return {"UNKNOWN_MESSAGE_TYPE", "Unknown message type"}; }

Failure invalid(std::string field, std::string message) {
  return {"VALIDATION_ERROR", std::move(message), {{"field", std::move(field)}}};
}

int status_of(std::string_view type) {
  for (const auto& row : kStatuses) {
    if (row.type == type) return row.status;
  }
  return 500;
}

boost::json::object error_object(const Failure& failure) {
  boost::json::object error{{"type", failure.type}, {"message", failure.message}};
  for (const auto& [key, value] : failure.extra) error[key] = value;
  return error;
}

boost::json::object acknowledgement(Outcome outcome) {
  if (const auto* failure = std::get_if<Failure>(&outcome)) {
    return {{"ok", false}, {"error", error_object(*failure)}};
  }
  boost::json::object answer{{"ok", true}};
  for (auto& field : std::get<boost::json::object>(outcome))
    answer.emplace(field.key(), std::move(field.value()));
  return answer;
}

HttpResponse json_response(int status, const boost::json::value& body) {
  return {status,
          {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}},
          boost::json::serialize(body),
          {}};
}

HttpResponse error_response(const Failure& failure) {
  const int status = status_of(failure.type);
  auto response = json_response(status, {{"error", error_object(failure)}});
  if (const auto* wait = failure.extra.if_contains("retryAfterMs"); wait && wait->is_int64()) {
    response.headers.emplace_back("Retry-After", std::to_string((wait->get_int64() + 999) / 1000));
  }
  if (status == 401) response.headers.emplace_back("WWW-Authenticate", "Bearer");
  return response;
}

}  // namespace lectern::app
