#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "load/latencies.h"

namespace lectern::load {

// What one run found. Latencies count from the instant at which something was due, not from the
// one at which the generator got round to it.
struct Report {
  std::string scenario;
  std::string server;
  double seconds = 0;  // of load, without the ramp

  std::size_t wanted = 0;   // connections
  std::size_t entered = 0;  // were let in
  std::size_t dropped = 0;  // were not, or ended before the run did

  std::uint64_t sent = 0;          // requests of the load: messages, answers, echoes
  std::uint64_t acknowledged = 0;  // with ok
  std::uint64_t refused = 0;       // with an error
  std::uint64_t unanswered = 0;    // at the end
  std::uint64_t held_back = 0;     // not sent: their connection had too many unanswered

  std::uint64_t delivered = 0;   // to one member: a message or a question
  std::uint64_t missing = 0;     // never came to a member that stayed
  std::uint64_t repeated = 0;    // came again
  std::uint64_t disordered = 0;  // came behind a later one

  Latencies connecting;  // from the first byte to the answer of CONNECT
  Latencies acknowledgement;
  Latencies delivery;

  std::map<std::string, std::uint64_t> errors;  // by type or reason; few kinds

  void note_error(std::string kind);
  std::uint64_t failures() const;
};

// What a report must keep to.
struct Thresholds {
  std::optional<double> p99_ms;  // of acknowledgements and of deliveries
  std::optional<std::uint64_t> errors;
};

// What was missed, a line each.
std::vector<std::string> missed(const Report& report, const Thresholds& thresholds);

std::string to_text(const Report& report, const std::vector<std::string>& missed);
std::string to_json(const Report& report, const std::vector<std::string>& missed);  // one line

}  // namespace lectern::load
