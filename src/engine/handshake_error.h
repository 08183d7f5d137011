#pragma once

#include <string_view>

namespace lectern::engine {

// Why an HTTP request is refused before it reaches a session. The values stand on the wire.
// Source: the error table of Engine.IO for Node.js, which stock clients show to their users.
enum class HandshakeError {
  transport_unknown = 0,
  session_unknown = 1,
  bad_method = 2,
  bad_request = 3,
  forbidden = 4,
  unsupported_version = 5,
};

// The body of the answer: {"code":1,"message":"Session ID unknown"}. Lives for ever.
std::string_view json_body(HandshakeError error);

// The status of the answer: 403 for forbidden, else 400.
unsigned http_status(HandshakeError error);

}  // namespace lectern::engine
