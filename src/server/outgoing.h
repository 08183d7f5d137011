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
