#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <lectern/error.h>

namespace lectern::redis {

// The words between us and Redis: commands out, replies in.
// Source: "Redis serialization protocol specification", RESP version 2.

// Appends a command: an array of bulk strings. Any bytes may stand in a word.
void append_command(std::string& out, std::span<const std::string_view> words);

// One reply, or what a subscriber is told unasked.
struct Reply {
  enum class Kind : std::uint8_t { text, error, integer, bytes, array, nil, too_large };

  Kind kind = Kind::nil;
  std::string text;          // of text, error and bytes
  std::int64_t number = 0;   // of integer
  std::vector<Reply> items;  // of array
};

// What one reply may take.
struct ReplyLimits {
  std::size_t bytes = 64 * 1024 * 1024;  // of one string; longer ones are skipped: too_large
  std::size_t line = 64 * 1024;          // of a text, an error or a number
  std::size_t items = 65536;             // of all arrays of a reply together
  std::size_t depth = 8;                 // of arrays in arrays
};

// Reads replies from bytes as they come, in pieces of any size. Every byte is looked at once, and
// memory grows with what has come, never with what is announced.
class ReplyReader {
 public:
  explicit ReplyReader(ReplyLimits limits = {}) : limits_(limits) {}

  // Takes bytes from the front of `bytes` up to the end of one reply; nothing when all are taken
  // and it is not complete yet.
  //
  // Error: malformed_packet  bytes that are no RESP2, or beyond the limits for lines, items and
  //                          depth. The reader must not be used again.
  [[nodiscard]] Result<std::optional<Reply>> read(std::string_view& bytes);

 private:
  enum class State : std::uint8_t { line, bytes, end_of_bytes };
  struct Open {
    Reply array;
    std::size_t missing;
  };

  bool take_line(std::string_view& bytes);
  void take_bytes(std::string_view& bytes);
  // What the complete line begins or is; nothing when more has to come.
  Result<std::optional<Reply>> on_line();
  Result<std::optional<Reply>> begin_bytes(std::int64_t size);
  Result<std::optional<Reply>> begin_array(std::int64_t size);
  // Puts a complete value where it belongs; the reply, when that completes it.
  std::optional<Reply> place(Reply value);

  ReplyLimits limits_;
  State state_ = State::line;
  std::string line_;         // so far, with its "\r\n"
  Reply present_;            // the string under way
  std::size_t missing_ = 0;  // of its bytes
  std::size_t items_ = 0;
  std::vector<Open> open_;  // arrays under way, the outermost first
};

}  // namespace lectern::redis
