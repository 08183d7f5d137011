#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json/value.hpp>

#include <lectern/arguments.h>
#include <lectern/error.h>
#include <lectern/parser.h>

#include "protocol/packet.h"

namespace lectern::client {

// One Socket.IO packet with its attachments, in whatever form it came.
struct Received {
  protocol::PacketType type = protocol::PacketType::connect;  // never one of the binary ones
  std::string nsp;
  std::optional<std::uint64_t> ack_id;  // of events, and always of acknowledgements
  std::string name;                     // of an event
  // connect: an object or null; connect_error: an object or a string; event, ack: an array of the
  // arguments.
  boost::json::value data;
  Attachments attachments;
  std::size_t bytes = 0;  // of all of it on the wire
};

// Reads packets, and joins one with the binary messages that belong to it.
// Source: socket.io-protocol v5, "Packet encoding"; msgpack.h.
//
// Errors: malformed_packet  no packet, more than `max_attachments`, a binary message that none
//                           announced, text where one was due;
//         payload_too_large more than `max_bytes` in one packet.
class PacketReader {
 public:
  PacketReader(Parser parser, std::size_t max_attachments, std::size_t max_bytes)
      : parser_(parser), max_attachments_(max_attachments), max_bytes_(max_bytes) {}

  // A packet that is complete with this message, or nothing yet.
  Result<std::optional<Received>> on_text(std::string_view text);
  Result<std::optional<Received>> on_binary(std::string_view bytes);

  void reset() { text_.clear(), attachments_.clear(), bytes_ = 0, due_ = 0; }

 private:
  Parser parser_;
  std::size_t max_attachments_;
  std::size_t max_bytes_;
  std::string text_;  // of the packet whose attachments arrive
  Attachments attachments_;
  std::size_t bytes_ = 0;
  std::size_t due_ = 0;  // attachments to come
};

}  // namespace lectern::client
