#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <lectern/error.h>

#include "engine/packet.h"

namespace lectern::engine {

// Takes the body of a long-polling POST apart.
//
// `body` is packets with U+001E (record separator) between them: "4hello\x1e" "2\x1e" "bAQID".
// Source: engine.io-protocol v4, "HTTP long-polling / Packet encoding".
//
// Errors: payload_too_large  body.size() > max_bytes;
//         malformed_packet   a packet without a type byte, or with one outside [0-6b];
//         invalid_utf8       the body is not UTF-8.
// What the types mean at this moment is the session's affair. All or nothing: one bad packet
// refuses the body.
//
// The views live as long as the bytes behind `body`. Allocates the vector alone, once: 24 bytes a
// packet, hence at most 12 bytes per byte of the body.
[[nodiscard]] Result<std::vector<PacketView>> decode_payload(std::string_view body,
                                                             std::size_t max_bytes);

// Decodes one packet in text form, as a WebSocket's text message carries it: "4hello".
//
// Errors: malformed_packet  empty, or a type byte outside [0-6]; 'b' exists in payloads only.
[[nodiscard]] Result<PacketView> decode_packet(std::string_view text);

// Appends `packet` ("4hello") to the answer of a poll, with a separator unless it is the first.
void append_to_payload(std::string& payload, std::string_view packet);

}  // namespace lectern::engine
