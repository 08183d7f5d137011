#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/frame.h"

namespace lectern::server {

// One Socket.IO packet on its way out: an Engine.IO message, and another one for each attachment.
// Shared by reference like its frames.
struct Outgoing {
  Frame head;
  std::vector<Frame> attachments = {};
  // Of what replaces, and is replaced, in the queue of a connection that takes no more; "": neither
  // is.
  std::string key = {};

  // Before it is shared. A packet of several messages is never replaced: one of them could be on
  // its way.
  void conflate(std::string_view nsp, std::string_view by) {
    if (!by.empty() && attachments.empty()) key.append(nsp).append(",").append(by);
  }

  // None of it is compressed. Before it is shared.
  void send_plain() {
    head.send_plain();
    for (Frame& frame : attachments) frame.send_plain();
  }
  std::size_t wire_size() const {
    std::size_t size = head.wire().size();
    for (const Frame& frame : attachments) size += frame.wire().size();
    return size;
  }
};

}  // namespace lectern::server
