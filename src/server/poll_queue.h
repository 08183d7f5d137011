#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <lectern/http.h>

#include "base/count.h"
#include "base/frame.h"
#include "base/latest_by_key.h"
#include "engine/handshake_query.h"
#include "server/content_coding.h"

namespace lectern::server {

// What waits for the next poll of one session.
class PollQueue {
 public:
  // `queued` counts the bytes of all queues of one shard, which it outlives.
  explicit PollQueue(Count& queued) : queued_(queued) {}
  ~PollQueue() { queued_.subtract(bytes_); }
  PollQueue(const PollQueue&) = delete;
  PollQueue& operator=(const PollQueue&) = delete;

  void push(const Frame& packet) {
    packets_.push_back(packet);
    bytes_ += packet.wire().size();
    queued_.add(packet.wire().size());
  }
  // Queues a packet in place of the one that was last queued under that key. True when there was
  // one; everything behind it moves up.
  bool replace(std::string_view key, const Frame& packet);
  // Gives everything away; an idle queue owns no memory.
  std::vector<Frame> take();
  bool empty() const { return packets_.empty(); }
  std::size_t bytes() const { return bytes_; }

 private:
  struct Replacing {
    LatestByKey latest;
    std::size_t gaps = 0;  // in packets_
  };

  void shrank(std::size_t bytes) {
    bytes_ -= bytes;
    queued_.subtract(bytes);
  }
  void close_gaps();

  Count& queued_;
  std::vector<Frame> packets_;  // an empty one is a gap, left by one that was replaced
  std::size_t bytes_ = 0;
  std::unique_ptr<Replacing> replacing_;  // once a key was used
};

// The answer to a poll: the packets as one payload. `base64`: the client cannot read binary
// answers.
HttpResponse poll_response(std::span<const Frame> packets, engine::Version version, bool base64);

// Writes the body in that coding, and says so.
void compress(HttpResponse& response, ContentCoding coding);

}  // namespace lectern::server
