#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <lectern/http.h>

#include "base/frame.h"
#include "engine/handshake_query.h"
#include "server/content_coding.h"

namespace lectern::server {

// What waits for the next poll of one session.
class PollQueue {
 public:
  void push(const Frame& packet) {
    packets_.push_back(packet);
    bytes_ += packet.wire().size();
  }
  // Gives everything away; an idle queue owns no memory.
  std::vector<Frame> take() {
    bytes_ = 0;
    return std::exchange(packets_, {});
  }
  bool empty() const { return packets_.empty(); }
  std::size_t bytes() const { return bytes_; }

 private:
  std::vector<Frame> packets_;
  std::size_t bytes_ = 0;
};

// The answer to a poll: the packets as one payload. `base64`: the client cannot read binary
// answers.
HttpResponse poll_response(std::span<const Frame> packets, engine::Version version, bool base64);

// Writes the body in that coding, and says so.
void compress(HttpResponse& response, ContentCoding coding);

}  // namespace lectern::server
