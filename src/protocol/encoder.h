#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json/fwd.hpp>

#include "protocol/packet.h"

namespace lectern::protocol {

// Writers of the packets that a server sends. All append to `out`, so that a caller reuses its
// buffer; what they write is valid UTF-8 when what they are given is.

// Whether the packet is written with the '4' of the Engine.IO message that carries it, which is
// the form that Frame::of_packet() takes: 42["chat:message",{}].
enum class Envelope { none, engine_message };

// EVENT: 2/nsp,7["name",payload]. With an `ack_id` the client is asked for an acknowledgement.
void encode_event(std::string& out, Envelope envelope, std::string_view nsp,
                  std::optional<std::uint64_t> ack_id, std::string_view name,
                  const boost::json::value& payload);

// The same with any number of arguments, already in JSON and with commas between them; "" for none.
// With `attachments` it is a BINARY_EVENT, 51-/nsp,7["name",{"_placeholder":true,"num":0}], and the
// caller sends that many binary messages right behind it.
void encode_event_json(std::string& out, Envelope envelope, std::string_view nsp,
                       std::optional<std::uint64_t> ack_id, std::string_view name,
                       std::string_view args_json, std::size_t attachments = 0);

// ACK: 3/nsp,7[payload].
void encode_ack(std::string& out, Envelope envelope, std::string_view nsp, std::uint64_t ack_id,
                const boost::json::value& payload);

// The same with the payload already in JSON, and with `attachments` a BINARY_ACK: 61-/nsp,7[…].
void encode_ack_json(std::string& out, Envelope envelope, std::string_view nsp,
                     std::uint64_t ack_id, std::string_view payload_json,
                     std::size_t attachments = 0);

// CONNECT as the answer to one: 0{"sid":"…"}, the public id of the socket; with a private id for
// recovery 0{"sid":"…","pid":"…"}.
void encode_connect(std::string& out, Envelope envelope, std::string_view nsp, std::string_view sid,
                    std::string_view pid = {});

// CONNECT_ERROR: 4/nsp,{"message":"…"}, with "data" unless `data` is null.
void encode_connect_error(std::string& out, Envelope envelope, std::string_view nsp,
                          std::string_view message, const boost::json::value* data);

// DISCONNECT: 1 or 1/nsp,
void encode_disconnect(std::string& out, Envelope envelope, std::string_view nsp);

// Appends `text` as a JSON string, quoted and escaped.
void append_json_string(std::string& out, std::string_view text);

// Appends `value` in JSON without white space.
void append_json(std::string& out, const boost::json::value& value);

}  // namespace lectern::protocol
