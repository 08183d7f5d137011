#include "app/http_body.h"

#include <algorithm>
#include <string>

#include "base/json.h"

namespace lectern::app {
namespace {

HttpFailure refused(std::string why) {
  return {400, invalid("", "Validation error: " + std::move(why))};
}

bool is_json(std::string_view content_type) {
  std::string type(content_type.substr(0, content_type.find(';')));
  while (type.ends_with(' ')) type.pop_back();
  std::transform(type.begin(), type.end(), type.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return type.empty() || type == "application/json";
}

}  // namespace

HttpResponse error_response(const HttpFailure& failure) {
  auto response = error_response(failure.failure);
  response.status = failure.status;
  return response;
}

std::variant<boost::json::object, HttpFailure> body_object(const HttpRequest& request) {
  if (request.body.empty()) return boost::json::object{};
  if (!is_json(request.header("content-type"))) {
    return HttpFailure{415, {"UNSUPPORTED_MEDIA_TYPE", "The body must be application/json"}};
  }
  auto value = parse_json(request.body);
  if (!value) return refused("the body is not JSON");
  if (!value->is_object()) return refused("the body must be a JSON object");
  return std::move(value->get_object());
}

}  // namespace lectern::app
