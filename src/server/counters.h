#pragma once

#include <lectern/server.h>

#include "base/count.h"

namespace lectern::server {

// What one shard counts; ServerStats is the sum.
struct alignas(64) Counters {
  Count connections_accepted;
  Count connections_refused;
  Count descriptors_missing;
  Count sessions_opened;
  Count sessions;
  Count websocket_sessions;
  Count sockets;
  Count messages_in;
  Count messages_out;
  Count bytes_in;
  Count bytes_out;
  Count slow_readers;
  Count slow_reader_bytes;
  Count volatile_dropped;
  Count conflated;
  Count poll_bytes;  // gauge: they wait for the next poll
  Count protocol_errors;
  Count ping_timeouts;

  void add_to(ServerStats& sum) const;
};

}  // namespace lectern::server
