#include "gate/web_url.h"

#include <algorithm>
#include <cstdint>

#include "gate/code_points.h"
#include "gate/markup.h"

namespace lectern::gate {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool may_stand(char32_t c) {
  return c != '\t' && c != '\n' && !is_removed(c) && !is_space(c) && !is_invisible(c) &&
         (c >= 0x80 ||
          std::string_view("<>\"`{}|\\^").find(static_cast<char>(c)) == std::string_view::npos);
}

bool is_port(std::string_view port) {
  if (port.empty() || port.size() > 5 || !std::all_of(port.begin(), port.end(), is_digit)) {
    return false;
  }
  std::uint32_t value = 0;
  for (const char c : port) value = value * 10 + static_cast<std::uint32_t>(c - '0');
  return value <= 65535;
}

bool is_host(std::string_view host) {
  if (host.starts_with('[')) {
    const auto address = host.substr(1, host.size() - 2);
    return host.size() > 4 && host.ends_with(']') &&
           address.find_first_not_of("0123456789abcdefABCDEF:.") == std::string_view::npos &&
           address.find(':') != std::string_view::npos;
  }
  return !host.empty() && host.front() != '.' && host.front() != '-' &&
         std::all_of(host.begin(), host.end(), [](char c) {
           return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
                  c == '.' || c == '_' || static_cast<unsigned char>(c) >= 0x80;
         });
}

}  // namespace

bool is_web_url(std::string_view url) {
  for (std::size_t at = 0; at < url.size();) {
    const auto point = code_point_at(url, at);
    if (!point.valid || !may_stand(point.value)) return false;
    at += point.size;
  }
  const auto separator = url.find("://");
  if (separator == std::string_view::npos) return false;
  const auto scheme = url.substr(0, separator);
  if (!same_name(scheme, "http") && !same_name(scheme, "https")) return false;
  const auto rest = url.substr(separator + 3);
  auto host = rest.substr(0, rest.find_first_of("/?#"));
  const auto colon = host.rfind(':');
  if (colon != std::string_view::npos && host.find(']', colon) == std::string_view::npos) {
    if (!is_port(host.substr(colon + 1))) return false;
    host = host.substr(0, colon);
  }
  return is_host(host);
}

}  // namespace lectern::gate
