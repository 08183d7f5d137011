#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <lectern/arguments.h>
#include <lectern/error.h>

#include "protocol/packet.h"

namespace lectern::client {

// One Socket.IO packet with its attachments.
struct Received {
  protocol::PacketView packet;  // lives as long as the message it came in, or this object
  Attachments attachments;
  // What `packet` points into when it came in several messages; on the heap, where it stays.
  std::unique_ptr<const std::string> text;
};

// Joins a packet with the binary messages that belong to it.
// Source: socket.io-protocol v5, "Packet encoding".
//
// Errors: malformed_packet  no packet, more than `max_attachments`, a binary message that none
//                           announced, text where one was due;
//         payload_too_large more than `max_bytes` in one packet.
class PacketReader {
 public:
  PacketReader(std::size_t max_attachments, std::size_t max_bytes)
      : max_attachments_(max_attachments), max_bytes_(max_bytes) {}

  // A packet that is complete with this message, or nothing yet.
  Result<std::optional<Received>> on_text(std::string_view text);
  Result<std::optional<Received>> on_binary(std::string_view bytes);

  void reset() { text_.clear(), attachments_.clear(), bytes_ = 0, due_ = 0; }

 private:
  std::size_t max_attachments_;
  std::size_t max_bytes_;
  std::string text_;  // of the packet whose attachments arrive
  Attachments attachments_;
  std::size_t bytes_ = 0;
  std::size_t due_ = 0;  // attachments to come
};

}  // namespace lectern::client
