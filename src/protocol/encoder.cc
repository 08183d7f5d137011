#include "protocol/encoder.h"

#include <boost/json/serializer.hpp>
#include <boost/json/value.hpp>

namespace lectern::protocol {
namespace {

void append_header(std::string& out, Envelope envelope, PacketType type, std::string_view nsp,
                   std::optional<std::uint64_t> ack_id, std::size_t attachments = 0) {
  if (envelope == Envelope::engine_message) out += '4';
  append(out, PacketView{type, static_cast<std::uint32_t>(attachments), nsp, ack_id, {}});
}

}  // namespace

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

void encode_event(std::string& out, Envelope envelope, std::string_view nsp,
                  std::optional<std::uint64_t> ack_id, std::string_view name,
                  const boost::json::value& payload) {
  append_header(out, envelope, PacketType::event, nsp, ack_id);
  out += '[';
  append_json_string(out, name);
  out += ',';
  append_json(out, payload);
  out += ']';
}

void encode_event_json(std::string& out, Envelope envelope, std::string_view nsp,
                       std::optional<std::uint64_t> ack_id, std::string_view name,
                       std::string_view args_json, std::size_t attachments) {
  const auto type = attachments > 0 ? PacketType::binary_event : PacketType::event;
  append_header(out, envelope, type, nsp, ack_id, attachments);
  out += '[';
  append_json_string(out, name);
  if (!args_json.empty()) out += ',';
  out += args_json;
  out += ']';
}

void encode_ack(std::string& out, Envelope envelope, std::string_view nsp, std::uint64_t ack_id,
                const boost::json::value& payload) {
  append_header(out, envelope, PacketType::ack, nsp, ack_id);
  out += '[';
  append_json(out, payload);
  out += ']';
}

void encode_ack_json(std::string& out, Envelope envelope, std::string_view nsp,
                     std::uint64_t ack_id, std::string_view payload_json, std::size_t attachments) {
  const auto type = attachments > 0 ? PacketType::binary_ack : PacketType::ack;
  append_header(out, envelope, type, nsp, ack_id, attachments);
  out += '[';
  out += payload_json;
  out += ']';
}

void encode_connect(std::string& out, Envelope envelope, std::string_view nsp, std::string_view sid,
                    std::string_view pid) {
  append_header(out, envelope, PacketType::connect, nsp, std::nullopt);
  out += "{\"sid\":";
  append_json_string(out, sid);
  if (!pid.empty()) {
    out += ",\"pid\":";
    append_json_string(out, pid);
  }
  out += '}';
}

void encode_connect_error(std::string& out, Envelope envelope, std::string_view nsp,
                          std::string_view message, const boost::json::value* data) {
  append_header(out, envelope, PacketType::connect_error, nsp, std::nullopt);
  out += "{\"message\":";
  append_json_string(out, message);
  if (data != nullptr) {
    out += ",\"data\":";
    append_json(out, *data);
  }
  out += '}';
}

void encode_disconnect(std::string& out, Envelope envelope, std::string_view nsp) {
  append_header(out, envelope, PacketType::disconnect, nsp, std::nullopt);
}

}  // namespace lectern::protocol
