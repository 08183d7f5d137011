#pragma once

#include <variant>

#include <boost/json/object.hpp>

#include "app/failure.h"

namespace lectern::app {

// A refusal of an HTTP request whose status is not that of its type: 405 for a VALIDATION_ERROR.
struct HttpFailure {
  int status;
  Failure failure;
};

HttpResponse error_response(const HttpFailure& failure);

// The body of a request as a JSON object; an empty body is {}. Refused are other media types (415),
// what is no JSON, and JSON that is no object (400).
std::variant<boost::json::object, HttpFailure> body_object(const HttpRequest& request);

}  // namespace lectern::app
