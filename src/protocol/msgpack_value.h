#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <boost/json/storage_ptr.hpp>
#include <boost/json/value.hpp>

#include <lectern/error.h>

#include "protocol/attachments.h"

namespace lectern::protocol {

// Values in MessagePack, in the dialect of the JavaScript peers of Socket.IO (notepack):
//
//   nil, booleans, integers, floats    as in JSON; a float that is not finite is null
//   strings, arrays, maps              as in JSON; keys are strings
//   bin, and ext of type 0             a placeholder and an attachment
//   fixext 1 of type 0                 undefined: null
//   fixext 8 of type 0                 a date: its milliseconds since 1970, an integer
//
// Source: the MessagePack specification; fixext and ext of type 0 by what notepack writes.

// Takes MessagePack apart, value by value. Reads every byte once; memory grows with the bytes that
// were read and never with a length that they announce: at most 48 bytes for each of them, for
// [nil,nil,nil,…], and 150 for each binary.
//
// Each function returns false, and the reader must not be used again, for what is malformed: bytes
// that are not MessagePack or end too early; a string that is not UTF-8; a key that is no string
// or comes twice; ext of another type; nesting deeper than kMaxJsonDepth; more than
// `max_attachments` binaries.
class MsgpackReader {
 public:
  // Appends to `attachments`, which must outlive the reader.
  MsgpackReader(std::string_view bytes, Attachments& attachments, std::size_t max_attachments)
      : rest_(bytes), attachments_(attachments), max_attachments_(max_attachments) {}

  [[nodiscard]] bool read_value(boost::json::value& out) { return read(out, 0); }
  [[nodiscard]] bool read_string(std::string_view& out);
  [[nodiscard]] bool read_map_size(std::size_t& out);

  bool at_end() const { return rest_.empty(); }

  // Whether the next value is a float; read_value() makes null of some of them.
  bool at_float() const { return rest_.starts_with('\xca') || rest_.starts_with('\xcb'); }

 private:
  using Value = boost::json::value;

  bool take(std::size_t size, std::string_view& out);
  bool take_number(std::size_t width, std::uint64_t& out);
  bool take_size(std::size_t width, std::size_t& out);
  bool take_text(std::size_t size, std::string_view& out);
  bool read(Value& out, std::size_t depth);
  bool read_wide(unsigned lead, Value& out, std::size_t depth);
  bool read_number(unsigned lead, Value& out);
  bool read_text(std::size_t size, Value& out);
  bool read_array(std::size_t size, Value& out, std::size_t depth);
  bool read_map(std::size_t size, Value& out, std::size_t depth);
  bool read_fixext(std::size_t size, Value& out);
  bool read_ext(std::size_t size, Value& out);
  bool read_binary(std::size_t size, Value& out);

  std::string_view rest_;
  Attachments& attachments_;
  std::size_t max_attachments_;
};

// Reads exactly one value into `storage`. Where there are attachments the value keeps the rule of
// check_placeholders(), so that no map of the peer passes for a placeholder.
//
// Error: malformed_packet for what MsgpackReader refuses, for bytes behind the value, and for a map
// that looks like a placeholder beside binaries.
[[nodiscard]] Result<boost::json::value> decode_msgpack_value(
    std::string_view bytes, Attachments& attachments, std::size_t max_attachments,
    boost::json::storage_ptr storage = {});

// Appends `value`: integers in the least width, doubles as float 64, and for a placeholder
// (placeholder_num()) whose attachment exists the attachment as bin. Other objects are maps.
void append_msgpack(std::string& out, const boost::json::value& value,
                    const Attachments& attachments);
void append_msgpack_string(std::string& out, std::string_view text);
void append_msgpack_integer(std::string& out, std::uint64_t number);
void append_msgpack_array_size(std::string& out, std::size_t size);
void append_msgpack_map_size(std::string& out, std::size_t size);

}  // namespace lectern::protocol
