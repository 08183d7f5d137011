#include <bit>
#include <cmath>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/string.hpp>

#include "base/json.h"
#include "base/utf8.h"
#include "protocol/msgpack_value.h"

namespace lectern::protocol {
namespace {

namespace json = boost::json;

// What no peer can write in JSON becomes what JSON.stringify() makes of it.
void set_float(json::value& out, double number) {
  if (std::isfinite(number)) {
    out.emplace_double() = number;
  } else {
    out.emplace_null();
  }
}

}  // namespace

bool MsgpackReader::take(std::size_t size, std::string_view& out) {
  if (size > rest_.size()) return false;
  out = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return true;
}

bool MsgpackReader::take_number(std::size_t width, std::uint64_t& out) {
  std::string_view bytes;
  if (!take(width, bytes)) return false;
  out = 0;
  for (const char byte : bytes) out = out << 8 | static_cast<unsigned char>(byte);
  return true;
}

bool MsgpackReader::take_size(std::size_t width, std::size_t& out) {
  std::uint64_t number = 0;
  if (!take_number(width, number)) return false;
  out = static_cast<std::size_t>(number);
  return true;
}

bool MsgpackReader::take_text(std::size_t size, std::string_view& out) {
  return take(size, out) && is_valid_utf8(out);
}

bool MsgpackReader::read_string(std::string_view& out) {
  std::size_t lead = 0;
  std::size_t size = 0;
  if (!take_size(1, lead)) return false;
  if ((lead & 0xe0) == 0xa0) return take_text(lead & 0x1f, out);
  if (lead < 0xd9 || lead > 0xdb) return false;
  return take_size(std::size_t{1} << (lead - 0xd9), size) && take_text(size, out);
}

bool MsgpackReader::read_map_size(std::size_t& out) {
  std::size_t lead = 0;
  if (!take_size(1, lead)) return false;
  out = lead & 0x0f;
  if ((lead & 0xf0) == 0x80) return true;
  return (lead == 0xde || lead == 0xdf) && take_size(lead == 0xde ? 2 : 4, out);
}

bool MsgpackReader::read(Value& out, std::size_t depth) {
  std::size_t lead = 0;
  if (!take_size(1, lead)) return false;
  if (lead < 0x80 || lead >= 0xe0) {
    out.emplace_int64() = static_cast<std::int64_t>(lead) - (lead < 0x80 ? 0 : 0x100);
    return true;
  }
  if (lead < 0x90) return read_map(lead & 0x0f, out, depth);
  if (lead < 0xa0) return read_array(lead & 0x0f, out, depth);
  if (lead < 0xc0) return read_text(lead & 0x1f, out);
  return read_wide(static_cast<unsigned>(lead), out, depth);
}

bool MsgpackReader::read_wide(unsigned lead, Value& out, std::size_t depth) {
  std::size_t size = 0;
  switch (lead) {
    case 0xc0: out.emplace_null(); return true;
    case 0xc2:
    case 0xc3: out.emplace_bool() = lead == 0xc3; return true;
    case 0xc4:
    case 0xc5:
    case 0xc6: return take_size(std::size_t{1} << (lead - 0xc4), size) && read_binary(size, out);
    case 0xc7:
    case 0xc8:
    case 0xc9: return take_size(std::size_t{1} << (lead - 0xc7), size) && read_ext(size, out);
    case 0xd4:
    case 0xd5:
    case 0xd6:
    case 0xd7:
    case 0xd8: return read_fixext(std::size_t{1} << (lead - 0xd4), out);
    case 0xd9:
    case 0xda:
    case 0xdb: return take_size(std::size_t{1} << (lead - 0xd9), size) && read_text(size, out);
    case 0xdc:
    case 0xdd: return take_size(lead == 0xdc ? 2 : 4, size) && read_array(size, out, depth);
    case 0xde:
    case 0xdf: return take_size(lead == 0xde ? 2 : 4, size) && read_map(size, out, depth);
    default: return lead != 0xc1 && read_number(lead, out);
  }
}

bool MsgpackReader::read_number(unsigned lead, Value& out) {
  std::uint64_t bits = 0;
  if (lead <= 0xcb) {
    if (!take_number(lead == 0xca ? 4 : 8, bits)) return false;
    set_float(out, lead == 0xca ? std::bit_cast<float>(static_cast<std::uint32_t>(bits))
                                : std::bit_cast<double>(bits));
    return true;
  }
  const bool has_sign = lead >= 0xd0;
  const std::size_t width = std::size_t{1} << (lead - (has_sign ? 0xd0 : 0xcc));
  if (!take_number(width, bits)) return false;
  const auto unused = static_cast<int>(64 - 8 * width);
  if (has_sign) {
    out.emplace_int64() = static_cast<std::int64_t>(bits << unused) >> unused;
  } else if (bits >> 63 != 0) {
    out.emplace_uint64() = bits;
  } else {
    out.emplace_int64() = static_cast<std::int64_t>(bits);
  }
  return true;
}

bool MsgpackReader::read_text(std::size_t size, Value& out) {
  std::string_view text;
  if (!take_text(size, text)) return false;
  out.emplace_string() = text;
  return true;
}

bool MsgpackReader::read_array(std::size_t size, Value& out, std::size_t depth) {
  // An item has a byte at least, so a longer array ends too early whatever it holds.
  if (depth == kMaxJsonDepth || size > rest_.size()) return false;
  json::array& array = out.emplace_array();
  for (std::size_t i = 0; i < size; ++i)
    if (!read(array.emplace_back(nullptr), depth + 1)) return false;
  return true;
}

bool MsgpackReader::read_map(std::size_t size, Value& out, std::size_t depth) {
  if (depth == kMaxJsonDepth || size > rest_.size()) return false;
  json::object& object = out.emplace_object();
  for (std::size_t i = 0; i < size; ++i) {
    std::string_view key;
    if (!read_string(key)) return false;
    const auto [member, is_new] = object.emplace(key, nullptr);
    if (!is_new || !read(member->value(), depth + 1)) return false;
  }
  return true;
}

// A date and undefined are told from binaries of 8 bytes and 1 byte by their fixed size.
bool MsgpackReader::read_fixext(std::size_t size, Value& out) {
  if (size != 1 && size != 8) return read_ext(size, out);
  std::size_t type = 0;
  std::uint64_t content = 0;
  if (!take_size(1, type) || type != 0 || !take_number(size, content)) return false;
  if (size == 1) {
    out.emplace_null();
  } else {
    out.emplace_int64() = static_cast<std::int64_t>(content);
  }
  return true;
}

bool MsgpackReader::read_ext(std::size_t size, Value& out) {
  std::size_t type = 0;
  return take_size(1, type) && type == 0 && read_binary(size, out);
}

bool MsgpackReader::read_binary(std::size_t size, Value& out) {
  std::string_view bytes;
  if (!take(size, bytes) || attachments_.size() >= max_attachments_) return false;
  out = placeholder(attachments_.size(), out.storage());
  attachments_.emplace_back(bytes);
  return true;
}

Result<json::value> decode_msgpack_value(std::string_view bytes, Attachments& attachments,
                                         std::size_t max_attachments, json::storage_ptr storage) {
  const std::size_t before = attachments.size();
  json::value value(nullptr, std::move(storage));
  MsgpackReader reader(bytes, attachments, max_attachments);
  if (!reader.read_value(value) || !reader.at_end()) return Errc::malformed_packet;
  if (attachments.size() > before) {
    const auto checked = check_placeholders(value, attachments.size());
    if (!checked) return checked.error();
  }
  return value;
}

}  // namespace lectern::protocol
