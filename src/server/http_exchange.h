#pragma once

#include <cstdint>
#include <string>

#include "server/content_coding.h"

namespace lectern::server {

// An HTTP request that waits for its answer, named so that any shard can give it.
struct HttpExchange {
  unsigned shard = 0;        // that accepted the connection
  std::uint64_t serial = 0;  // of the connection there
  std::string origin;        // the request's header, for the answer's CORS headers
  ContentCoding coding = ContentCoding::identity;  // in which a long answer may go out

  bool operator==(const HttpExchange& other) const {
    return shard == other.shard && serial == other.serial;
  }
};

}  // namespace lectern::server
