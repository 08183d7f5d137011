#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <lectern/error.h>

#include "websocket/decoder.h"

struct z_stream_s;  // of zlib

namespace lectern::websocket {

// The payloads of permessage-deflate. Source: RFC 7692 section 7.2.

// Whether a message may refer to what the messages before it held.
enum class ContextTakeover : std::uint8_t { none, kept };

inline constexpr int kMinWindowBits = 9;  // zlib has no raw DEFLATE with 8
inline constexpr int kMaxWindowBits = 15;

// Inflates messages that a Decoder found to be compressed.
//
// Without context takeover every message starts anew, so that one inflater serves all connections
// of a thread, also after an error. With it each connection needs its own, and an error is the
// connection's end. Holds about 7 KiB, and 32 KiB more for the window once it is needed.
class Inflater {
 public:
  explicit Inflater(ContextTakeover takeover = ContextTakeover::none);
  ~Inflater();
  Inflater(Inflater&&) noexcept;
  Inflater& operator=(Inflater&&) noexcept;

  // The message as it was before it was compressed, in `out`, whose content is replaced; one that
  // is not compressed is returned as it is and leaves `out` alone.
  //
  // Errors: malformed_frame    what is not DEFLATE, or does not end with a block;
  //         payload_too_large  more than `max_payload` bytes come out;
  //         invalid_utf8       text that is not UTF-8.
  // Never makes more than 16 KiB beyond `max_payload`; `out` may reserve twice of it.
  [[nodiscard]] Result<Message> inflate(const Message& message, std::size_t max_payload,
                                        std::string& out);

 private:
  struct End {
    void operator()(z_stream_s* stream) const;
  };

  Result<void> run(std::string_view input, int flush, std::size_t max_size, std::string& out);
  Result<void> run_to_end(std::string_view input, std::size_t max_size, std::string& out);

  std::unique_ptr<z_stream_s, End> stream_;
  ContextTakeover takeover_;
  bool ended_ = false;  // the input ended with its last block, after which nothing follows
};

// Compresses messages without context takeover. Serves any number of connections whose peers have a
// window of `window_bits` or more. Holds 2^(window_bits + 2) bytes and 64 KiB.
class Deflater {
 public:
  // `window_bits`: kMinWindowBits to kMaxWindowBits. `level`: of zlib, 1 to 9.
  explicit Deflater(int window_bits = kMaxWindowBits, int level = 1);
  ~Deflater();
  Deflater(Deflater&&) noexcept;
  Deflater& operator=(Deflater&&) noexcept;

  // Appends the payload of a compressed message, which goes out with append_frame(…, true). It can
  // be longer than `payload`.
  void deflate(std::string_view payload, std::string& out);

 private:
  struct End {
    void operator()(z_stream_s* stream) const;
  };

  std::unique_ptr<z_stream_s, End> stream_;
};

}  // namespace lectern::websocket
