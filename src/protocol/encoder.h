#pragma once

#include <span>
#include <string>
#include <string_view>

#include <boost/json/value.hpp>

#include "protocol/packet.h"

namespace lectern::protocol {

// Writers of packets. All append to `out`, so that a caller reuses its buffer and puts the '4' of
// the Engine.IO message before it; what they write is valid UTF-8 when what they are given is. A
// packet without arguments is its header, see append() in packet.h.

// EVENT: 2/nsp,7["name",values…]; `header`, whose JSON is empty, says where, with which id and, for
// a BINARY_EVENT, with how many attachments, which the caller sends right behind it. `last`, unless
// "", is one more argument, a string.
void encode_event(std::string& out, const PacketView& header, std::string_view name,
                  std::span<const boost::json::value> values, std::string_view last = {});

// ACK or BINARY_ACK: 3/nsp,7[values…].
void encode_ack(std::string& out, const PacketView& header,
                std::span<const boost::json::value> values);

// Appends `text` as a JSON string, quoted and escaped.
void append_json_string(std::string& out, std::string_view text);

// Appends `value` in JSON without white space.
void append_json(std::string& out, const boost::json::value& value);

}  // namespace lectern::protocol
