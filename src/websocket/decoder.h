#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <lectern/error.h>

#include "websocket/opcode.h"

namespace lectern::websocket {

// What a Decoder found: a whole message or a control frame.
struct Message {
  Opcode opcode;  // text, binary, close, ping or pong
  // Unmasked. Inside the bytes given to next() or inside the decoder; valid until the next call.
  std::string_view payload;
};

// Decodes what a client sends (RFC 6455 section 5): masked frames, fragments joined.
//
// Feed it what was read and take messages until there is none:
//
//   std::span<char> bytes = …;
//   while (auto message = decoder.next(bytes)) { if (!*message) break; … }
//
// A frame that lies whole in the given bytes is unmasked there and not copied. Holds memory only
// between the first byte of a message and its last; never more than was received of it.
class Decoder {
 public:
  // `max_payload`: bytes of one message, fragments together.
  explicit Decoder(std::size_t max_payload) : max_payload_(max_payload) {}

  // The next message, nothing when `bytes` is used up, or why the connection must end:
  // malformed_frame, payload_too_large (before a byte of it is kept), invalid_utf8. After an error
  // the decoder must not be used again. `bytes` moves past what was used.
  Result<std::optional<Message>> next(std::span<char>& bytes);

  // Nothing is kept: the peer owes no rest of a frame or message.
  bool idle() const { return pending_.empty() && !fragmented_; }

 private:
  struct Header;

  Result<std::optional<Header>> read_header(std::string_view bytes) const;
  Result<std::optional<Message>> finish(const Header& header, std::span<char> payload);
  Result<std::optional<Message>> join(const Header& header, std::span<char> payload);

  std::size_t max_payload_;
  std::string pending_;  // the received part of one frame
  std::string message_;  // the fragments so far, unmasked
  std::uint32_t fragments_ = 0;
  Opcode fragmented_opcode_ = Opcode::continuation;
  bool fragmented_ = false;
  bool used_up_ = false;  // pending_ or message_ was handed out and is dropped by the next call
};

}  // namespace lectern::websocket
