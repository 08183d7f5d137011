#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lectern::app {

// The characters behind RFC 3986 percent-encoding. Nullopt when a '%' is not followed by two
// hexadecimal digits, or when the result holds a NUL. '+' stands for itself.
std::optional<std::string> percent_decode(std::string_view text);

// The segments of an absolute path, each decoded on its own, so that an encoded slash stays inside
// its segment: "/api/rooms/a%2Fb" gives {"api", "rooms", "a/b"}; "/" gives {}. A slash at the end
// gives an empty last segment. Nullopt for a path that does not start with '/' or cannot be
// decoded.
std::optional<std::vector<std::string>> path_segments(std::string_view path);

// What is below `base` ("/lectern", or "/") in a path: "/lectern/api/rooms" gives "/api/rooms", as
// does "/api/rooms" below "/". Nullopt for a path outside, and for the base without a slash.
std::optional<std::string_view> path_below(std::string_view base, std::string_view path);

// The decoded value of the first parameter of that name in a query: "format=csv&x". Nullopt when
// there is none; empty for one without '='. In a query '+' means a space, as forms send it.
std::optional<std::string> query_parameter(std::string_view query, std::string_view name);

}  // namespace lectern::app
