#include "engine/handshake_query.h"

#include <algorithm>

namespace lectern::engine {
namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') {
      decoded += ' ';
    } else if (text[i] != '%') {
      decoded += text[i];
    } else {
      const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
      if (high < 0 || low < 0) return std::nullopt;
      decoded += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  return decoded;
}

bool is_number(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// What was found, still in text: absent and empty differ.
struct Found {
  std::optional<std::string> version, transport, sid, jsonp, base64;
  bool two_transports = false;

  // False when a name that may stand once stands twice.
  bool take(std::string_view name, std::string value) {
    if (name == "transport" && transport) {
      two_transports = true;
      return true;
    }
    std::optional<std::string>* const field = name == "EIO"         ? &version
                                              : name == "transport" ? &transport
                                              : name == "sid"       ? &sid
                                              : name == "j"         ? &jsonp
                                              : name == "b64"       ? &base64
                                                                    : nullptr;
    if (field == nullptr) return true;
    if (*field) return false;
    *field = std::move(value);
    return true;
  }
};

}  // namespace

boost::system::result<HandshakeQuery, HandshakeError> parse_handshake_query(std::string_view query,
                                                                            bool allow_v3) {
  Found found;
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const auto name = percent_decoded(pair.substr(0, equals));
    auto value = percent_decoded(pair.substr(std::min(equals + 1, pair.size())));
    if (!name || !value || !found.take(*name, std::move(*value))) {
      return HandshakeError::bad_request;
    }
  }
  if (found.jsonp && !is_number(*found.jsonp)) return HandshakeError::bad_request;

  HandshakeQuery handshake;
  if (found.two_transports) return HandshakeError::transport_unknown;
  if (found.transport == "websocket") {
    handshake.transport = Transport::websocket;
  } else if (found.transport != "polling") {
    return HandshakeError::transport_unknown;
  }
  handshake.sid = std::move(found.sid).value_or("");
  if (found.version == "3" && allow_v3) {
    handshake.version = Version::v3;
  } else if (handshake.sid.empty() && found.version != "4") {
    return HandshakeError::unsupported_version;
  }
  handshake.jsonp = std::move(found.jsonp);
  handshake.base64 = found.base64 && !found.base64->empty();
  return handshake;
}

}  // namespace lectern::engine
