#pragma once

#include <cstddef>
#include <string>

#include "base/frame.h"
#include "websocket/deflate.h"

namespace lectern::net {

// Compresses and inflates the messages of all WebSockets of one thread (RFC 7692 without context
// takeover), so that a connection holds no state of zlib's.
class MessageCompression {
 public:
  // Messages below `threshold` bytes go out as they are.
  explicit MessageCompression(std::size_t threshold) : threshold_(threshold) {}

  // The form in which a message goes out; a shared frame is compressed once.
  Frame outgoing(const Frame& message);

  // A message as it was before it was compressed; lives until the next call.
  [[nodiscard]] Result<websocket::Message> incoming(const websocket::Message& message,
                                                    std::size_t max_payload) {
    return inflater_.inflate(message, max_payload, inflated_);
  }

 private:
  std::size_t threshold_;
  websocket::Inflater inflater_;
  websocket::Deflater deflater_;
  std::string inflated_;
};

}  // namespace lectern::net
