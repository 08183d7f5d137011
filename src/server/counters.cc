#include "server/counters.h"

namespace lectern::server {

void Counters::add_to(ServerStats& sum) const {
  sum.connections_accepted += connections_accepted.get();
  sum.connections_refused += connections_refused.get();
  sum.descriptors_missing += descriptors_missing.get();
  sum.sessions_opened += sessions_opened.get();
  sum.sessions += sessions.get();
  sum.websocket_sessions += websocket_sessions.get();
  sum.sockets += sockets.get();
  sum.messages_in += messages_in.get();
  sum.messages_out += messages_out.get();
  sum.bytes_in += bytes_in.get();
  sum.bytes_out += bytes_out.get();
  sum.slow_readers += slow_readers.get();
  sum.slow_reader_bytes += slow_reader_bytes.get();
  sum.volatile_dropped += volatile_dropped.get();
  sum.conflated += conflated.get();
  sum.protocol_errors += protocol_errors.get();
  sum.ping_timeouts += ping_timeouts.get();
}

}  // namespace lectern::server
