#include "client/url.h"

#include <algorithm>
#include <cctype>

namespace lectern::client {
namespace {

bool starts_without_case(std::string_view text, std::string_view lower_prefix) {
  return text.size() >= lower_prefix.size() &&
         std::equal(lower_prefix.begin(), lower_prefix.end(), text.begin(), [](char a, char b) {
           return a == std::tolower(static_cast<unsigned char>(b));
         });
}

bool is_printable(char c) { return c > ' ' && c < '\x7f'; }

}  // namespace

std::optional<Url> parse_url(std::string_view text) {
  if (!std::all_of(text.begin(), text.end(), is_printable)) return std::nullopt;
  Url url;
  if (starts_without_case(text, "https://") || starts_without_case(text, "wss://")) {
    url.secure = true;
  } else if (!starts_without_case(text, "http://") && !starts_without_case(text, "ws://")) {
    return std::nullopt;
  }
  url.port = url.secure ? 443 : 80;
  text.remove_prefix(text.find("://") + 3);

  const std::string_view host = text.substr(0, text.find_first_of("/?#"));
  if (host.find('@') != std::string_view::npos || !dial::read_host_and_port(host, url))
    return std::nullopt;
  text.remove_prefix(host.size());
  if (text.starts_with('/')) text.remove_prefix(1);
  if (text.empty()) return url;
  if (text.front() != '?' || text.find('#') != std::string_view::npos) return std::nullopt;
  url.query = text.substr(1);
  return url;
}

std::string Url::authority() const {
  std::string text = host.find(':') == std::string::npos ? host : '[' + host + ']';
  if (port != (secure ? 443 : 80)) text += ':' + std::to_string(port);
  return text;
}

void append_encoded(std::string& out, std::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool unreserved = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                            (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
    if (unreserved) {
      out += c;
    } else {
      out += '%';
      out += kHex[byte >> 4U];
      out += kHex[byte & 15U];
    }
  }
}

}  // namespace lectern::client
