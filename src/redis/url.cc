#include "redis/url.h"

#include <algorithm>
#include <charconv>
#include <system_error>

namespace lectern::redis {
namespace {

bool is_printable(char c) { return c > ' ' && c < '\x7f'; }

// Nothing when a '%' is not followed by two hexadecimal digits.
std::optional<std::string> percent_decoded(std::string_view text) {
  std::string decoded;
  while (!text.empty()) {
    const char first = text.front();
    text.remove_prefix(1);
    if (first != '%') {
      decoded += first;
      continue;
    }
    unsigned byte = 0;
    const auto [stop, error] =
        std::from_chars(text.data(), text.data() + std::min<std::size_t>(2, text.size()), byte, 16);
    if (error != std::errc() || stop != text.data() + 2) return std::nullopt;
    decoded += static_cast<char>(byte);
    text.remove_prefix(2);
  }
  return decoded;
}

// "user:password", ":password", "password" is none.
bool read_credentials(std::string_view text, Url& url) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return false;
  auto user = percent_decoded(text.substr(0, colon));
  auto password = percent_decoded(text.substr(colon + 1));
  if (!user || !password || password->empty()) return false;
  url.user = *std::move(user);
  url.password = *std::move(password);
  return true;
}

bool read_database(std::string_view text, Url& url) {
  if (text.empty()) return true;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), url.database);
  return error == std::errc() && stop == text.data() + text.size();
}

}  // namespace

std::optional<Url> parse_url(std::string_view text) {
  if (!std::all_of(text.begin(), text.end(), is_printable)) return std::nullopt;
  Url url;
  url.secure = text.starts_with("rediss://");
  if (!url.secure && !text.starts_with("redis://")) return std::nullopt;
  url.port = 6379;
  text.remove_prefix(text.find("://") + 3);

  const std::size_t slash = std::min(text.find('/'), text.size());
  std::string_view host = text.substr(0, slash);
  text.remove_prefix(slash);
  if (const std::size_t at = host.rfind('@'); at != std::string_view::npos) {
    if (!read_credentials(host.substr(0, at), url)) return std::nullopt;
    host.remove_prefix(at + 1);
  }
  if (!dial::read_host_and_port(host, url)) return std::nullopt;
  if (text.starts_with('/')) text.remove_prefix(1);
  if (!read_database(text, url)) return std::nullopt;
  return url;
}

}  // namespace lectern::redis
