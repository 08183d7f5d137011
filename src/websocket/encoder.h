#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "websocket/opcode.h"

namespace lectern::websocket {

// Appends one frame with FIN (RFC 6455 section 5.2), unmasked, as a server sends it. `compressed`:
// the payload is what Deflater (deflate.h) made of it, and RSV1 says so.
void append_frame(std::string& out, Opcode opcode, std::string_view payload,
                  bool compressed = false);

// Appends a close frame. `reason` is at most 123 bytes.
void append_close(std::string& out, CloseCode code, std::string_view reason);

// Appends one frame as a client sends it: masked with the four bytes of `key`.
void append_client_frame(std::string& out, Opcode opcode, std::string_view payload,
                         std::uint32_t key, bool fin = true, bool compressed = false);

// Sec-WebSocket-Accept for a Sec-WebSocket-Key (RFC 6455 section 4.2.2).
std::string accept_key(std::string_view key);

// Whether a Sec-WebSocket-Key is 16 bytes in base64.
bool is_valid_key(std::string_view key);

}  // namespace lectern::websocket
