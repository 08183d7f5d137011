#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <lectern/arguments.h>
#include <lectern/options.h>
#include <lectern/socket.h>

#include "protocol/packet.h"
#include "server/outgoing.h"

namespace lectern::server {

// Writes packets as the server's parser has them on the wire. Any thread.
class PacketWriter {
 public:
  explicit PacketWriter(Parser parser) : parser_(parser) {}

  // The values of an event or acknowledgement, seen where they lie.
  struct Values {
    std::span<const boost::json::value> values;
    std::span<const std::string> attachments;

    explicit Values(const boost::json::value& only) : values(&only, 1) {}
    explicit Values(const Arguments& arguments)
        : values(arguments.values.begin(), arguments.values.size()),
          attachments(arguments.attachments) {}
    Arguments copy() const {
      return {boost::json::array(values.begin(), values.end()),
              Attachments(attachments.begin(), attachments.end())};
    }
  };

  // `offset` is the last argument of events that a client may recover; "": none.
  Outgoing event(std::string_view nsp, std::optional<std::uint64_t> ack_id, std::string_view name,
                 const Values& values, std::string_view offset = {}) const;
  Outgoing ack(std::string_view nsp, std::uint64_t ack_id, const Values& values) const;
  // `pid` is the private id for recovery; "": none.
  Outgoing connect(std::string_view nsp, std::string_view sid, std::string_view pid) const;
  Outgoing connect_error(std::string_view nsp, const ConnectError& error) const;
  // The same as clients of Socket.IO 2 read them (socket.io-protocol v4): no id, and the bare data
  // or message.
  Outgoing connect_v2(std::string_view nsp) const;
  Outgoing connect_error_v2(std::string_view nsp, const ConnectError& error) const;
  Outgoing disconnect(std::string_view nsp) const;

 private:
  Outgoing control(protocol::PacketType type, std::string_view nsp,
                   const boost::json::value& data) const;

  Parser parser_;
};

}  // namespace lectern::server
