#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/count.h"
#include "base/frame.h"
#include "base/latest_by_key.h"

namespace lectern::net {

// Bytes that wait for one socket, in order. Frames are referenced, not copied. But for replace(),
// the queue itself drops nothing: its owner looks at bytes() before it adds, and decides by policy.
class Outbox {
 public:
  using Chunk = std::variant<Frame, std::string, std::shared_ptr<const std::string>>;

  enum class Flushed {
    all,      // nothing is left
    blocked,  // the socket takes no more now
    failed,   // the connection is broken
  };

  // `queued` counts the bytes of all outboxes of one loop, which it outlives.
  explicit Outbox(Count& queued) : queued_(queued) {}
  ~Outbox() { queued_.subtract(bytes_); }
  Outbox(const Outbox&) = delete;
  Outbox& operator=(const Outbox&) = delete;

  void push(Chunk chunk);
  // Queues a frame in place of the one that was last queued here under that key, unless that was
  // begun already. True when there was one; everything behind it moves up. The key is one of few:
  // those of what waits are kept.
  bool replace(std::string_view key, const Frame& frame);
  Flushed flush(int fd);
  // The first bytes in order, as many as there are and as `to` takes.
  std::span<char> copy(std::span<char> to) const;
  // That many bytes were sent.
  void consume(std::size_t sent);

  // Drops what was not begun; a chunk that is partly sent stays, since a frame cannot be cut.
  void drop_unsent();

  std::size_t bytes() const { return bytes_; }
  bool empty() const { return bytes_ == 0; }
  std::size_t places() const { return chunks_.size(); }  // for checks: what it takes beside bytes

 private:
  static std::string_view view_of(const Chunk& chunk);

  void grew(std::size_t bytes);
  void shrank(std::size_t bytes);
  void clear_when_empty();
  void close_gaps();

  Count& queued_;
  std::vector<Chunk> chunks_;  // a frame of none is a gap, left by one that was replaced
  std::size_t first_ = 0;      // chunks_ before it are sent
  std::size_t offset_ = 0;     // bytes of the first chunk that are sent
  std::size_t bytes_ = 0;
  std::size_t gaps_ = 0;  // made since close_gaps()
  std::unique_ptr<LatestByKey> latest_;
};

}  // namespace lectern::net
