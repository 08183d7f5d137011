#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <boost/system/result.hpp>

#include "engine/handshake_error.h"

namespace lectern::engine {

enum class Transport : std::uint8_t { polling, websocket };

// EIO=3 is what clients of Socket.IO 1 and 2 speak.
enum class Version : std::uint8_t { v3, v4 };

// The part of a request's query that Engine.IO reads. What else stands there is the application's.
struct HandshakeQuery {
  Transport transport = Transport::polling;
  Version version = Version::v4;     // with a sid: the session's counts
  std::string sid;                   // empty: a new session is wanted
  std::optional<std::string> jsonp;  // `j`: digits, the number of the callback
  bool base64 = false;               // `b64`: the client cannot read binary answers
};

// Reads "EIO=4&transport=polling&sid=…" (without '?').
//
// Errors, in the order in which they are looked for:
//   bad_request          a '%' without two hex digits behind it, anywhere; EIO, sid, j or b64 given
//                        twice; a `j` that is no number;
//   transport_unknown    no transport, two of them, or another than polling and websocket;
//   unsupported_version  EIO is not 4, nor 3 where `allow_v3`. With a sid it is not looked at: the
//                        session knows.
// Names and values are percent-decoded once, '+' is a space. An empty value of sid counts as none.
[[nodiscard]] boost::system::result<HandshakeQuery, HandshakeError> parse_handshake_query(
    std::string_view query, bool allow_v3 = false);

}  // namespace lectern::engine
