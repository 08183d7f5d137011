#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <lectern/arguments.h>

#include "client/budget.h"

namespace lectern::client {

// One Socket.IO packet, ready for the Engine.IO session: its text with the '4' of the message that
// carries it, and the binary messages that follow.
struct EncodedPacket {
  std::string text;
  Attachments attachments;
  Charge charge = {};  // for all of it, until it has left
  bool compress = true;

  std::size_t bytes() const;
};

// EVENT or, with attachments, BINARY_EVENT. Any thread.
EncodedPacket encode_event(std::string_view nsp, std::optional<std::uint64_t> ack_id,
                           std::string_view name, const Arguments& arguments);

// ACK or BINARY_ACK.
EncodedPacket encode_ack(std::string_view nsp, std::uint64_t ack_id, const Arguments& arguments);

// CONNECT, with the auth object unless it is null.
EncodedPacket encode_connect(std::string_view nsp, const boost::json::value& auth);

// DISCONNECT.
EncodedPacket encode_disconnect(std::string_view nsp);

}  // namespace lectern::client
