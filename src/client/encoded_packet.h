#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <lectern/arguments.h>
#include <lectern/parser.h>

#include "client/budget.h"
#include "protocol/packet.h"

namespace lectern::client {

// One Socket.IO packet, ready for the Engine.IO session: its text with the '4' of the message that
// carries it, and the binary messages that follow; or one binary message (Parser::msgpack).
struct EncodedPacket {
  std::string head;
  bool binary = false;  // `head` is
  Attachments attachments = {};
  Charge charge = {};  // for all of it, until it has left
  bool compress = true;

  std::size_t bytes() const;
};

// Writes packets as the server reads them. Any thread.
class PacketWriter {
 public:
  explicit PacketWriter(Parser parser) : parser_(parser) {}

  EncodedPacket event(std::string_view nsp, std::optional<std::uint64_t> ack_id,
                      std::string_view name, const Arguments& arguments) const;
  EncodedPacket ack(std::string_view nsp, std::uint64_t ack_id, const Arguments& arguments) const;
  // With the auth object unless it is null.
  EncodedPacket connect(std::string_view nsp, const boost::json::value& auth) const;
  EncodedPacket disconnect(std::string_view nsp) const;

 private:
  EncodedPacket control(protocol::PacketType type, std::string_view nsp,
                        const boost::json::value& data) const;

  Parser parser_;
};

}  // namespace lectern::client
