#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include <boost/json/fwd.hpp>

namespace lectern::identity {

// An object of JSON, and nothing after it. Nullopt for anything else, and for an object that has a
// key twice: readers differ in which of two values they believe.
std::optional<boost::json::object> parse_claims(std::string_view json);

// The string of that name; nullopt when it is missing or no string.
std::optional<std::string_view> string_claim(const boost::json::object& claims,
                                             std::string_view name);

// Whole seconds since the epoch (RFC 7519, NumericDate; fractions are dropped). Nullopt when it is
// missing, no number, negative or beyond the year 9999.
std::optional<std::int64_t> time_claim(const boost::json::object& claims, std::string_view name);

}  // namespace lectern::identity
