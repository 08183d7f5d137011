#pragma once

#include <cstddef>
#include <vector>

#include "base/frame.h"

namespace lectern::server {

// One Socket.IO packet on its way out: an Engine.IO message, and another one for each attachment.
// Shared by reference like its frames.
struct Outgoing {
  Frame head;
  std::vector<Frame> attachments;

  std::size_t wire_size() const {
    std::size_t size = head.wire().size();
    for (const Frame& frame : attachments) size += frame.wire().size();
    return size;
  }
};

}  // namespace lectern::server
