#include "protocol/encoder.h"

#include <utility>

#include <boost/json/serializer.hpp>

namespace lectern::protocol {

void append_json_string(std::string& out, std::string_view text) {
  constexpr char kHex[] = "0123456789abcdef";
  out += '"';
  std::size_t plain = 0;  // start of what needs no escape and is not written yet
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\') continue;
    out.append(text, plain, i - plain);
    plain = i + 1;
    out += '\\';
    if (c == '"' || c == '\\') {
      out += c;
    } else {
      out += "u00";
      out += kHex[c >> 4];
      out += kHex[c & 15];
    }
  }
  out.append(text, plain);
  out += '"';
}

void append_json(std::string& out, const boost::json::value& value) {
  boost::json::serializer serializer;
  serializer.reset(&value);
  char buffer[1024];
  while (!serializer.done()) out += std::string_view(serializer.read(buffer));
}

void encode_event(std::string& out, const PacketView& header, std::string_view name,
                  std::span<const boost::json::value> values, std::string_view last) {
  append(out, header);
  out += '[';
  append_json_string(out, name);
  for (const auto& value : values) append_json(out += ',', value);
  if (!last.empty()) append_json_string(out += ',', last);
  out += ']';
}

void encode_ack(std::string& out, const PacketView& header,
                std::span<const boost::json::value> values) {
  append(out, header);
  char before = '[';
  for (const auto& value : values) append_json(out += std::exchange(before, ','), value);
  out += values.empty() ? "[]" : "]";
}

}  // namespace lectern::protocol
