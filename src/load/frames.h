#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace lectern::load {

// One frame as it came from a server (RFC 6455 section 5.2).
struct ServerFrame {
  std::uint8_t opcode = 0;  // of the frame's first byte, low four bits
  std::string_view payload;
};

// Takes the first whole frame off the front of `bytes`; nullopt, and `bytes` as they were, when
// there is none yet. The payload points into what `bytes` pointed to. No allocation.
//
// Throws std::runtime_error for a frame that is masked, compressed or one of several fragments:
// none of the measured servers sends one, and the generator has no time to join them.
std::optional<ServerFrame> take_frame(std::string_view& bytes);

}  // namespace lectern::load
