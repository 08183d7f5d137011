#include "base/json.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <string>
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

// The code unit of an escape \uXXXX at that place.
std::optional<unsigned> unit_at(std::string_view text, std::size_t place) {
  if (place + 6 > text.size() || text.substr(place, 2) != "\\u") return std::nullopt;
  const char* const digits = text.data() + place + 2;
  unsigned unit = 0;
  if (std::from_chars(digits, digits + 4, unit, 16).ptr != digits + 4) return std::nullopt;
  return unit;
}

// Makes \ufffd of the escapes of surrogates that stand alone. Whether there was one.
bool replace_lone_surrogates(std::string& text) {
  bool found = false;
  for (auto at = text.find('\\'); at != text.npos; at = text.find('\\', at)) {
    const auto unit = unit_at(text, at);
    if (!unit || *unit < 0xd800 || *unit > 0xdfff) {
      at += 2;  // a backslash and what it escapes
      continue;
    }
    const auto next = *unit < 0xdc00 ? unit_at(text, at + 6) : std::nullopt;
    const bool is_pair = next && *next >= 0xdc00 && *next <= 0xdfff;
    if (!is_pair) text.replace(at + 2, 4, "fffd");
    found = found || !is_pair;
    at += is_pair ? 12 : 6;
  }
  return found;
}

}  // namespace

Result<json::value> parse_json(std::string_view text, json::storage_ptr storage) {
  json::parse_options options;
  options.max_depth = kMaxJsonDepth;
  json::error_code error;
  json::value value = json::parse(text, error, storage, options);
  if (error) {
    std::string mended(text);
    if (replace_lone_surrogates(mended)) value = json::parse(mended, error, storage, options);
  }
  if (error || !is_writable(value)) return Errc::malformed_packet;
  return value;
}

}  // namespace lectern
