#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "client/budget.h"

namespace lectern::client {

// One Engine.IO packet that waits to leave.
struct Outgoing {
  std::string bytes;  // text with its type digit: "42[…]"; of a binary message the bytes alone
  bool binary = false;
  Charge charge = {};  // what it takes of the send buffer until it has left
  bool compress = true;
};

// The body of one polling POST and what it is charged for until it is answered.
struct Batch {
  std::string body;
  std::vector<Charge> charges;
};

// The packets of a session that wait for its transport, in order. Bounded by the budget that their
// charges come from.
class WriteQueue {
 public:
  void push(Outgoing packet) { packets_.push_back(std::move(packet)); }
  bool empty() const { return packets_.empty(); }

  // How many packets ever came and left: the n-th has left when popped() is n.
  std::uint64_t popped() const { return popped_; }
  std::uint64_t pushed() const { return popped_ + packets_.size(); }

  // The next packet, for a WebSocket. Not on an empty queue.
  Outgoing pop();

  // As many of the next packets as fit in `max_bytes` (0: no limit), at least one: what is too
  // large alone, the server refuses. Separators and base64 are counted as they are on the wire.
  // Source: engine.io-protocol v4, "HTTP long-polling", maxPayload.
  Batch pop_batch(std::size_t max_bytes);

 private:
  std::deque<Outgoing> packets_;
  std::uint64_t popped_ = 0;
};

}  // namespace lectern::client
