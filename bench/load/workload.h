#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "bench/load/dialect.h"

namespace lectern::load {

// The server under load, which runs already.
struct Target {
  Dialect dialect = Dialect::socket_io;
  std::uint16_t port = 0;  // on 127.0.0.1
  pid_t pid = 0;           // whose time and memory are counted
  std::string secret;      // the connections show tokens signed with it; "": none
};

// How much of it. A workload reads what concerns it.
struct Plan {
  std::size_t connections = 1000;  // members of the room; without the publisher
  std::size_t stalled = 0;         // members beside them that read nothing once they are in
  std::size_t burst = 1;           // messages back to back at every tick
  double rate = 20;                // ticks, or round trips, a second; round trips: 0 is one in
                                   // flight on each connection, the next when it is answered
  double seconds = 5;              // measured …
  double warm_up = 1;              // … after that many
  std::size_t text_bytes = 64;     // of one message
  std::size_t at_once = 16;        // connections being opened
};

// What a workload found. Latencies count from the instant at which a message was due, not from the
// one at which the generator got round to it.
struct Measurement {
  double units = 0;            // deliveries, round trips or connections within the measured time
  double wall_s = 0;           // how long that was
  double server_us = 0;        // the server's time for one unit, user and system
  double server_user_us = 0;   // the user's part of it, in the proportion that ticks found
  double generator_share = 0;  // of a core that this program used meanwhile; near 1 is too busy
  double bytes = 0;            // resident memory for one connection
  std::vector<std::uint32_t> latencies_ns;  // one for each unit; empty where nothing waits
};

// A room, and a publisher outside it. Every member must hear every message once and in order.
Measurement measure_delivery(const Target& target, const Plan& plan);

// Acknowledged echoes, at a rate or one in flight on each connection.
Measurement measure_round_trips(const Target& target, const Plan& plan);

// Connections that have joined one room and then do nothing: the memory they keep.
Measurement measure_idle(const Target& target, const Plan& plan);

// Connections that come and stay: the time until each is let in.
Measurement measure_connects(const Target& target, const Plan& plan);

// Value at `share` (0 to 1) of what is sorted by this call; 0 of nothing.
double quantile_us(std::vector<std::uint32_t>& latencies_ns, double share);

// One line of JSON.
std::string to_json(Measurement& measurement);

}  // namespace lectern::load
