#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "dial/destination.h"

namespace lectern::client {

// The server of a client: http://host[:port][/][?query], https, ws or wss.
struct Url : dial::Destination {
  std::string query;  // as written, without '?'

  // What a Host header says: the port only when it is not the scheme's own, IPv6 in brackets.
  std::string authority() const;
};

// Nothing for another scheme, a path, a user name, a fragment, a port that is none, and for bytes
// that may not stand in an HTTP request: control characters, spaces and what is not ASCII.
// Source: RFC 3986 section 3, as far as a server's address needs it.
std::optional<Url> parse_url(std::string_view text);

// Appends `text` percent-encoded: everything but letters, digits and "-._~" (RFC 3986 section 2.3).
void append_encoded(std::string& out, std::string_view text);

}  // namespace lectern::client
