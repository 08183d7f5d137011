#include "engine/handshake_error.h"

namespace lectern::engine {

std::string_view json_body(HandshakeError error) {
  switch (error) {  // no default: -Wswitch reports a forgotten enumerator
    case HandshakeError::transport_unknown: return R"({"code":0,"message":"Transport unknown"})";
    case HandshakeError::session_unknown: return R"({"code":1,"message":"Session ID unknown"})";
    case HandshakeError::bad_method: return R"({"code":2,"message":"Bad handshake method"})";
    case HandshakeError::bad_request: return R"({"code":3,"message":"Bad request"})";
    case HandshakeError::forbidden: return R"({"code":4,"message":"Forbidden"})";
    case HandshakeError::unsupported_version:
      return R"({"code":5,"message":"Unsupported protocol version"})";
  }
  return {};
}

unsigned http_status(HandshakeError error) {
  return error == HandshakeError::forbidden ? 403 : 400;
}

}  // namespace lectern::engine
