#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/frame.h"

namespace lectern::net {

// Bytes that wait for one socket, in order. Frames are referenced, not copied. The queue itself
// drops nothing: its owner looks at bytes() before it adds, and decides by policy.
class Outbox {
 public:
  using Chunk = std::variant<Frame, std::string, std::shared_ptr<const std::string>>;

  enum class Flushed {
    all,      // nothing is left
    blocked,  // the socket takes no more now
    failed,   // the connection is broken
  };

  void push(Chunk chunk);
  Flushed flush(int fd);
  // The first bytes in order, as many as there are and as `to` takes.
  std::span<char> copy(std::span<char> to) const;
  // That many bytes were sent.
  void consume(std::size_t sent);

  // Drops what was not begun; a chunk that is partly sent stays, since a frame cannot be cut.
  void drop_unsent();

  std::size_t bytes() const { return bytes_; }
  bool empty() const { return bytes_ == 0; }

 private:
  static std::string_view view_of(const Chunk& chunk);

  std::vector<Chunk> chunks_;
  std::size_t first_ = 0;   // chunks_ before it are sent
  std::size_t offset_ = 0;  // bytes of the first chunk that are sent
  std::size_t bytes_ = 0;
};

}  // namespace lectern::net
