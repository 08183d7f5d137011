#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json/array.hpp>
#include <boost/json/storage_ptr.hpp>
#include <boost/json/value.hpp>

#include <lectern/error.h>

#include "protocol/attachments.h"
#include "protocol/packet.h"

namespace lectern::protocol {

// Packets in the form of socket.io-msgpack-parser: each is one Engine.IO message of bytes, a map
// {type, nsp, data, id} in MessagePack as msgpack_value.h has it. Binaries stand inline, so there
// are no binary types.
// Source: socket.io-msgpack-parser, "index.js".

inline constexpr std::size_t kDefaultMaxAttachments = 10;

struct MsgpackPacket {
  PacketType type = PacketType::connect;  // connect to connect_error
  std::string nsp = "/";
  std::optional<std::uint64_t> ack_id;  // of events and acknowledgements
  // connect: an object or null; disconnect: null; event: an array of one value at least, for
  // split_event() (content.h); ack: an array; connect_error: an object or a string.
  boost::json::value data;
  Attachments attachments;  // of the placeholders in `data`
};

// Reads one packet; `data` lives in `storage`. Keys other than the four are read and dropped; a
// value that is nil or undefined is as good as none.
//
// Error: malformed_packet  what MsgpackReader refuses, with the binaries of `data` and of any other
//                          key counted; bytes behind the packet; a type, namespace, id or data that
//                          the text form could not carry or that does not fit the type.
//                          Also a map in `data` that looks like a placeholder beside binaries.
[[nodiscard]] Result<MsgpackPacket> decode_msgpack(
    std::string_view bytes, std::size_t max_attachments = kDefaultMaxAttachments,
    boost::json::storage_ptr storage = {});

// Writers of packets, as in encoder.h. Placeholders become the attachments that they name.
void encode_msgpack_event(std::string& out, std::string_view nsp,
                          std::optional<std::uint64_t> ack_id, std::string_view name,
                          const boost::json::array& args, const Attachments& attachments);
void encode_msgpack_ack(std::string& out, std::string_view nsp, std::uint64_t ack_id,
                        const boost::json::array& args, const Attachments& attachments);

// Any packet; "data" is left out when it is null.
void encode_msgpack(std::string& out, const MsgpackPacket& packet);

}  // namespace lectern::protocol
