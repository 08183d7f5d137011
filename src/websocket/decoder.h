#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
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
  bool compressed = false;  // the payload is DEFLATE, and text in it is not checked for UTF-8
};

// Which side of the connection the decoder is on. A client's frames are masked and a server's are
// not; the other way round is an error.
enum class Role : std::uint8_t { server, client };

// Whether permessage-deflate was negotiated (deflate.h). Without it RSV1 is an error; with it, in
// any frame but the first of a text or binary message (RFC 7692 section 6).
enum class Compression : std::uint8_t { none, deflate };

// Decodes what the other side sends (RFC 6455 section 5), fragments joined.
//
// Feed it what was read and take messages until there is none:
//
//   std::span<char> bytes = …;
//   while (auto message = decoder.next(bytes)) { if (!*message) break; … }
//
// A frame that lies whole in the given bytes is unmasked there and not copied. Memory is held only
// between the first byte of a message and its last, and grows with what was received of it, never
// with what a header announces.
class Decoder {
 public:
  // `max_payload`: bytes of one message as it came, fragments together.
  explicit Decoder(std::size_t max_payload, Role role = Role::server,
                   Compression compression = Compression::none)
      : max_payload_(max_payload), role_(role), compression_(compression) {}

  // The next message, nothing when `bytes` is used up, or why the connection must end:
  // malformed_frame (also more than 65,536 fragments), payload_too_large (before a byte of it is
  // kept), invalid_utf8. After an error or a close frame the decoder must not be used again.
  // `bytes` moves past what was used.
  Result<std::optional<Message>> next(std::span<char>& bytes);

  // Nothing is kept: the peer owes no rest of a frame or message.
  bool idle() const { return !partial_ || (partial_->bytes.empty() && !in_message()); }

  // Bytes on the heap for what was received.
  std::size_t allocated() const {
    const std::size_t own = std::string().capacity();
    return partial_ && partial_->bytes.capacity() > own ? partial_->bytes.capacity() : 0;
  }

  std::size_t max_payload() const { return max_payload_; }

 private:
  struct Header;

  // What is kept of a message that did not come as one frame in one piece.
  struct Partial {
    // The fragments of one message so far, unmasked and without headers; behind them what was
    // received of one frame, as it came.
    std::string bytes;
    std::size_t joined = 0;  // bytes of the fragments
    std::uint32_t fragments = 0;
    Opcode opcode = Opcode::continuation;  // of the message whose fragments are joined
    bool compressed = false;               // likewise
  };

  bool in_message() const { return partial_ && partial_->opcode != Opcode::continuation; }
  Partial& keep();
  Result<std::optional<Header>> read_header(std::string_view bytes) const;
  Result<std::span<char>> complete_kept(std::span<char>& bytes);
  Result<std::optional<Message>> finish(const Header& header, std::span<char> payload, bool kept);
  Result<std::optional<Message>> join(const Header& header, std::span<char> payload, bool kept);
  void drop_handed_out();

  std::size_t max_payload_;
  std::unique_ptr<Partial> partial_;  // null nearly always
  Role role_;
  Compression compression_;
  bool handed_out_ = false;  // what lies behind the fragments is dropped by the next call
};

}  // namespace lectern::websocket
