#include "base/json.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

namespace lectern {
namespace {

namespace json = boost::json;

// Recursion is bounded by the depth that the parser allows.
bool is_writable(const json::value& value) {
  switch (value.kind()) {
    case json::kind::double_: return std::isfinite(value.get_double());
    case json::kind::array:
      return std::all_of(value.get_array().begin(), value.get_array().end(), is_writable);
    case json::kind::object:
      return std::all_of(value.get_object().begin(), value.get_object().end(),
                         [](const auto& member) { return is_writable(member.value()); });
    default: return true;
  }
}

}  // namespace

Result<json::value> parse_json(std::string_view text, json::storage_ptr storage) {
  json::parse_options options;
  options.max_depth = kMaxJsonDepth;
  json::error_code error;
  json::value value = json::parse(text, error, std::move(storage), options);
  if (error || !is_writable(value)) return Errc::malformed_packet;
  return value;
}

}  // namespace lectern
