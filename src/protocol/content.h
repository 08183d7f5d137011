#pragma once

#include <string_view>

#include <boost/json/array.hpp>
#include <boost/json/storage_ptr.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>

#include <lectern/error.h>

#include "protocol/packet.h"

namespace lectern::protocol {

// What the JSON part of a packet holds, by type, read by parse_json() (base/json.h) and once. All
// of these give malformed_packet for what no Socket.IO v5 client may send. The values live in
// `storage`, which a monotonic resource makes cheap.
//
// The type of the packet is the caller's to look at, but for this: in a BINARY_EVENT or BINARY_ACK
// that announces attachments the placeholders are held to check_placeholders(). One with none is
// read like its plain form.

// CONNECT: the auth object; null when there is none.
[[nodiscard]] Result<boost::json::value> parse_connect(const PacketView& packet,
                                                       boost::json::storage_ptr storage);

// DISCONNECT has no JSON.
[[nodiscard]] Result<void> check_disconnect(const PacketView& packet);

struct EventContent {
  boost::json::string name;  // a name that was a number is its decimal text
  boost::json::array args;   // without the name
};

// EVENT and BINARY_EVENT: an array that starts with its name, which is a string other than those
// that Socket.IO keeps for itself (is_reserved), or a number.
[[nodiscard]] Result<EventContent> parse_event(const PacketView& packet,
                                               boost::json::storage_ptr storage);

// The same from the array, which the event keeps the storage of; for events that came in another
// form than text (msgpack.h).
[[nodiscard]] Result<EventContent> split_event(boost::json::array array);

// ACK and BINARY_ACK: an id and the array of arguments.
[[nodiscard]] Result<boost::json::array> parse_ack(const PacketView& packet,
                                                   boost::json::storage_ptr storage);

// connect, connect_error, disconnect, disconnecting, newListener, removeListener.
bool is_reserved(std::string_view event_name);

}  // namespace lectern::protocol
