#pragma once

#include <cstddef>
#include <string_view>

#include <boost/json/storage_ptr.hpp>
#include <boost/json/value.hpp>

#include <lectern/error.h>

namespace lectern {

inline constexpr std::size_t kMaxJsonDepth = 32;

// Reads JSON (RFC 8259) that a peer sent; every text from outside goes through here.
//
// Error: malformed_packet for what is not JSON, and for what could not be written again: strings
// that are not UTF-8, numbers beyond a double (1e999 would be written as Infinity, which no peer
// can read). Also for nesting deeper than kMaxJsonDepth, seen while parsing, so that the stack is
// safe.
//
// An escaped surrogate that stands alone (\ud83d) becomes U+FFFD: JavaScript writes one wherever a
// text was cut within a character. Of two equal keys the last one stays. Takes at most about 32
// bytes per byte of text, for [0,0,0,…].
[[nodiscard]] Result<boost::json::value> parse_json(std::string_view text,
                                                    boost::json::storage_ptr storage = {});

}  // namespace lectern
