#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <vector>

#include "app/config_keys.h"

namespace lectern::app {
namespace {

// Levenshtein distance, one row at a time.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const auto replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

}  // namespace

std::string_view closest(std::string_view word, std::span<const std::string_view> known) {
  std::string_view best;
  std::size_t distance = std::max<std::size_t>(word.size() / 3, 2) + 1;
  for (const auto candidate : known) {
    // The name without its unit is the commonest mistake, and far away by distance.
    if (word.size() >= 4 && candidate.starts_with(word)) return candidate;
    const auto found = edit_distance(word, candidate);
    if (found < distance && found < candidate.size()) {
      distance = found;
      best = candidate;
    }
  }
  return best;
}

std::optional<Endpoint> parse_endpoint(std::string_view text, bool internal) {
  const auto colon = text.rfind(':');
  if (colon == text.npos) return std::nullopt;
  std::string address(text.substr(0, colon));
  const auto port = text.substr(colon + 1);
  Endpoint endpoint;
  endpoint.internal = internal;
  const auto parsed = std::from_chars(port.data(), port.data() + port.size(), endpoint.port);
  if (port.empty() || parsed.ec != std::errc() || parsed.ptr != port.data() + port.size()) {
    return std::nullopt;
  }
  in6_addr ignored;
  if (address.size() > 2 && address.front() == '[' && address.back() == ']') {
    address = address.substr(1, address.size() - 2);
    if (inet_pton(AF_INET6, address.c_str(), &ignored) != 1) return std::nullopt;
  } else if (address == "localhost") {
    address = "127.0.0.1";
  } else if (inet_pton(AF_INET, address.c_str(), &ignored) != 1) {
    return std::nullopt;
  }
  endpoint.address = std::move(address);
  return endpoint;
}

std::string format_endpoint(const Endpoint& endpoint) {
  const bool v6 = endpoint.address.find(':') != std::string::npos;
  return (v6 ? "[" + endpoint.address + "]" : endpoint.address) + ":" +
         std::to_string(endpoint.port);
}

}  // namespace lectern::app
