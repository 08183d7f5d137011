#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <lectern/error.h>

namespace lectern::engine {

// The packets of clients that speak EIO=3. The type bytes are those of packet.h.
// Source: engine.io-protocol v3, "Encoding / Payload".

// How the body of a poll is written. `text` has the length of each packet in decimal digits before
// a ':', and counts UTF-16 code units: "6:4hello" "6:4h\u00e9llo" "10:b4AQIDBA==". `binary` has a
// byte for the kind (0 text, 1 bytes), one byte of value 0 to 9 per decimal digit and ff, and
// counts bytes: 00 06 ff "4hello", 01 05 ff 04 01 02 03 04. The content type tells which it is:
// application/octet-stream is binary.
enum class PayloadForm : std::uint8_t { text, binary };

enum class DataForm : std::uint8_t { text, base64, bytes };

// One packet of a payload. Points into the bytes it was decoded from.
struct PacketViewV3 {
  char type;  // packet_type::kOpen to kNoop; kMessage when the data is not text
  DataForm form;
  std::string_view data;  // without the type
};

// Takes the body of a long-polling POST apart.
//
// Errors: payload_too_large  body.size() > max_bytes;
//         malformed_packet   no packet at all, an empty one, a length that is no plain decimal
//                            number or does not end where a character does, a type outside [0-6],
//                            or bytes and base64 that are not a message;
//         invalid_utf8       a text form, or a text packet, that is not UTF-8.
// All or nothing. Base64 is left undecoded and unchecked.
//
// The views live as long as the bytes behind `body`. Allocates the vector alone, at most 24 bytes
// per byte of the body while it grows.
[[nodiscard]] Result<std::vector<PacketViewV3>> decode_payload_v3(PayloadForm form,
                                                                  std::string_view body,
                                                                  std::size_t max_bytes);

// Appends a text packet ("4hello", UTF-8) to the answer of a poll.
void append_packet_v3(std::string& payload, PayloadForm form, std::string_view packet);

// Appends a message of bytes to the answer of a poll: b4 and base64 in the text form.
void append_binary_message_v3(std::string& payload, PayloadForm form, std::string_view bytes);

// The bytes of a binary message on a WebSocket, which carries the type as a byte 04 before them.
//
// Errors: malformed_packet  empty, or of another type.
[[nodiscard]] Result<std::string_view> decode_websocket_binary_v3(std::string_view message);

// The other way round.
void append_websocket_binary_v3(std::string& out, std::string_view bytes);

}  // namespace lectern::engine
