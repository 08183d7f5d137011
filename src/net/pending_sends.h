#pragma once

#include <array>
#include <cstddef>
#include <memory_resource>
#include <string_view>
#include <vector>

#include "base/frame.h"

namespace lectern::net {

// What the connections of one loop are to send at the end of the turn. Connections that were given
// the same frames in the same order share one list, whose bytes are put together once: a broadcast
// of twenty messages to a thousand members makes twenty nodes and one buffer.
//
// The lists form a trie: a list is another one and a frame behind it. All of it lives until
// clear().
class PendingSends {
 public:
  class List {
   public:
    std::size_t bytes() const { return bytes_; }

   private:
    friend class PendingSends;
    List(List* before, const Frame& last, List* made_before)
        : before_(before),
          last_(last),
          bytes_((before ? before->bytes_ : 0) + last.wire().size()),
          made_before_(made_before) {}

    List* before_;  // null: this is the only frame
    Frame last_;
    std::size_t bytes_;
    List* latest_ = nullptr;  // of the lists that continue this one
    List* made_before_;       // the list of everything that clear() frees
    std::string_view joined_;
  };

  PendingSends() = default;
  ~PendingSends() { clear(); }
  PendingSends(const PendingSends&) = delete;
  PendingSends& operator=(const PendingSends&) = delete;

  // The list with `frame` behind it; `list` null: nothing yet. Costs a comparison when the frame is
  // the one with which that list was last continued.
  List* append(List* list, const Frame& frame);

  // The bytes of a list in one piece, or an empty view when that would copy too much: such a list
  // is sent frame by frame.
  std::string_view joined(List& list);

  // In the order in which they were appended.
  static std::vector<Frame> frames_of(const List& list);

  // Every list ends here; what it held on to is let go.
  void clear();

 private:
  std::array<std::byte, 32768> first_block_;  // enough for most turns
  std::pmr::monotonic_buffer_resource memory_{first_block_.data(), first_block_.size()};
  List* latest_ = nullptr;  // of the lists with one frame
  List* made_ = nullptr;
  std::size_t copied_ = 0;  // since clear()
};

}  // namespace lectern::net
