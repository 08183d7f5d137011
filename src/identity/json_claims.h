#pragma once

#include <cstddef>
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

// Whether `aud` is that audience, or an array that holds it.
bool audience_agrees(const boost::json::object& claims, std::string_view audience);

// What `sub`, `jti` and the like may be. They become keys of maps and logs: not empty, at most
// kMaxIdBytes, without control characters.
inline constexpr std::size_t kMaxIdBytes = 128;
bool is_id(std::string_view text);

}  // namespace lectern::identity
