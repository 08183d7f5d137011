#include <bit>
#include <cassert>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/string.hpp>

#include "protocol/msgpack_value.h"

namespace lectern::protocol {
namespace {

namespace json = boost::json;

void append_bytes(std::string& out, unsigned lead, std::size_t width, std::uint64_t number) {
  char bytes[9];
  bytes[0] = static_cast<char>(lead);
  for (std::size_t i = width; i > 0; --i) {
    bytes[i] = static_cast<char>(number & 0xff);
    number >>= 8;
  }
  out.append(bytes, 1 + width);
}

// The lead of the 16 bit form is followed by that of the 32 bit form in every family.
void append_wide_size(std::string& out, unsigned lead16, std::size_t size) {
  assert(size <= 0xffffffff);
  if (size <= 0xffff) {
    append_bytes(out, lead16, 2, size);
  } else {
    append_bytes(out, lead16 + 1, 4, size);
  }
}

void append_negative(std::string& out, std::int64_t number) {
  const auto bits = static_cast<std::uint64_t>(number);
  if (number >= -0x20) {
    out += static_cast<char>(number);
  } else if (number >= -0x80) {
    append_bytes(out, 0xd0, 1, bits);
  } else if (number >= -0x8000) {
    append_bytes(out, 0xd1, 2, bits);
  } else if (number >= -0x80000000LL) {
    append_bytes(out, 0xd2, 4, bits);
  } else {
    append_bytes(out, 0xd3, 8, bits);
  }
}

void append_binary(std::string& out, std::string_view bytes) {
  if (bytes.size() <= 0xff) {
    append_bytes(out, 0xc4, 1, bytes.size());
  } else {
    append_wide_size(out, 0xc5, bytes.size());
  }
  out += bytes;
}

void append_object(std::string& out, const json::object& object, const Attachments& attachments) {
  if (!attachments.empty()) {
    const auto num = placeholder_num(object);
    if (num && *num < attachments.size()) return append_binary(out, attachments[*num]);
  }
  append_msgpack_map_size(out, object.size());
  for (const auto& member : object) {
    append_msgpack_string(out, member.key());
    append_msgpack(out, member.value(), attachments);
  }
}

}  // namespace

void append_msgpack_integer(std::string& out, std::uint64_t number) {
  if (number < 0x80) {
    out += static_cast<char>(number);
  } else if (number <= 0xff) {
    append_bytes(out, 0xcc, 1, number);
  } else if (number <= 0xffff) {
    append_bytes(out, 0xcd, 2, number);
  } else if (number <= 0xffffffff) {
    append_bytes(out, 0xce, 4, number);
  } else {
    append_bytes(out, 0xcf, 8, number);
  }
}

void append_msgpack_string(std::string& out, std::string_view text) {
  if (text.size() < 0x20) {
    out += static_cast<char>(0xa0 | text.size());
  } else if (text.size() <= 0xff) {
    append_bytes(out, 0xd9, 1, text.size());
  } else {
    append_wide_size(out, 0xda, text.size());
  }
  out += text;
}

void append_msgpack_array_size(std::string& out, std::size_t size) {
  if (size < 0x10) {
    out += static_cast<char>(0x90 | size);
  } else {
    append_wide_size(out, 0xdc, size);
  }
}

void append_msgpack_map_size(std::string& out, std::size_t size) {
  if (size < 0x10) {
    out += static_cast<char>(0x80 | size);
  } else {
    append_wide_size(out, 0xde, size);
  }
}

void append_msgpack(std::string& out, const json::value& value, const Attachments& attachments) {
  switch (value.kind()) {  // no default: -Wswitch reports a forgotten kind
    case json::kind::null: out += '\xc0'; return;
    case json::kind::bool_: out += value.get_bool() ? '\xc3' : '\xc2'; return;
    case json::kind::int64:
      if (value.get_int64() < 0) return append_negative(out, value.get_int64());
      return append_msgpack_integer(out, static_cast<std::uint64_t>(value.get_int64()));
    case json::kind::uint64: return append_msgpack_integer(out, value.get_uint64());
    case json::kind::double_:
      return append_bytes(out, 0xcb, 8, std::bit_cast<std::uint64_t>(value.get_double()));
    case json::kind::string: return append_msgpack_string(out, value.get_string());
    case json::kind::array:
      append_msgpack_array_size(out, value.get_array().size());
      for (const auto& item : value.get_array()) append_msgpack(out, item, attachments);
      return;
    case json::kind::object: return append_object(out, value.get_object(), attachments);
  }
}

}  // namespace lectern::protocol
