#pragma once

#include <string>
#include <variant>

#include <boost/json/object.hpp>
#include <boost/system/error_code.hpp>

#include <lectern/http.h>

#include "classroom/effect.h"
#include "gate/payloads.h"
#include "gate/policy.h"

namespace lectern::app {

// Why something was refused, in the words of the wire. Source: docs/protocol.md, "Errors".
struct Failure {
  std::string type;                // "NOT_FOUND"
  std::string message;             // for people
  boost::json::object extra = {};  // "field", "actualVersion", "rule" …
};

// The answer to one request: the fields of the positive acknowledgement (without "ok"), or why not.
using Outcome = std::variant<boost::json::object, Failure>;

// Takes the answer, once; from any thread.
using Reply = UniqueFunction<void(Outcome)>;

Failure failure_of(const gate::ValidationError& error);
Failure failure_of(const gate::LimitRefusal& refusal);
Failure failure_of(classroom::Failure failure);
// An error of identity::AuthErrc.
Failure failure_of(const boost::system::error_code& auth_error);

Failure not_found(std::string message);
Failure busy();
Failure internal_failure();
Failure store_unavailable();
Failure no_room();
Failure no_session();
Failure unknown_event();
Failure invalid(std::string field, std::string message);  // VALIDATION_ERROR

int status_of(std::string_view type);  // of HTTP

boost::json::object error_object(const Failure& failure);  // {type, message, …extra}
boost::json::object acknowledgement(Outcome outcome);      // {ok, …} or {ok, error}
HttpResponse json_response(int status, const boost::json::value& body);
HttpResponse error_response(const Failure& failure);  // {error: {…}}, with Retry-After where known

}  // namespace lectern::app
