#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "dial/destination.h"

namespace lectern::redis {

// Where Redis is and who we are there: redis://[[user]:password@]host[:port][/database], rediss for
// TLS. User and password percent-encoded; port 6379 when there is none.
struct Url : dial::Destination {
  std::string user;      // "": Redis's default user
  std::string password;  // "": none is asked for
  unsigned database = 0;
};

// Nothing for any other text. Source: the "redis" URI scheme, as registered with IANA.
std::optional<Url> parse_url(std::string_view text);

}  // namespace lectern::redis
