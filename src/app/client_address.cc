#include "app/client_address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <stdexcept>

namespace lectern::app {
namespace {

constexpr unsigned kMappedBits = 96;  // the prefix ::ffff:0:0 of mapped IPv4 addresses

bool is_mapped(const AddressBytes& address) {
  constexpr AddressBytes kPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0};
  return std::equal(address.begin(), address.begin() + kMappedBits / 8, kPrefix.begin());
}

bool same_network(const AddressBytes& a, const AddressBytes& b, unsigned bits) {
  const auto whole = bits / 8;
  if (std::memcmp(a.data(), b.data(), whole) != 0) return false;
  const auto rest = bits % 8;
  return rest == 0 || (a[whole] ^ b[whole]) >> (8 - rest) == 0;
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  return text;
}

}  // namespace

std::optional<AddressBytes> parse_address(std::string_view text) {
  const std::string terminated(text);
  AddressBytes bytes{};
  if (::inet_pton(AF_INET6, terminated.c_str(), bytes.data()) == 1) return bytes;
  bytes[10] = bytes[11] = 0xff;
  if (::inet_pton(AF_INET, terminated.c_str(), bytes.data() + 12) == 1) return bytes;
  return std::nullopt;
}

TrustedProxies::TrustedProxies(const std::vector<std::string>& blocks) {
  for (const auto& text : blocks) {
    const auto slash = text.find('/');
    const auto address = parse_address(std::string_view(text).substr(0, slash));
    if (!address) throw std::invalid_argument("trusted_proxies: " + text + " is no address");
    const unsigned offset = text.find(':') == std::string::npos ? kMappedBits : 0;
    unsigned bits = 128 - offset;
    if (slash != std::string::npos) {
      const char* const end = text.data() + text.size();
      const auto parsed = std::from_chars(text.data() + slash + 1, end, bits);
      if (parsed.ec != std::errc{} || parsed.ptr != end || bits > 128 - offset) {
        throw std::invalid_argument("trusted_proxies: " + text + " has no valid prefix length");
      }
    }
    blocks_.push_back({*address, bits + offset});
  }
}

bool TrustedProxies::trusts(std::string_view address) const {
  if (blocks_.empty()) return false;
  const auto bytes = parse_address(address);
  return bytes && std::any_of(blocks_.begin(), blocks_.end(), [&](const Block& block) {
           return same_network(*bytes, block.network, block.bits);
         });
}

std::string TrustedProxies::client_of(std::string_view peer, std::string_view forwarded_for) const {
  std::string_view client = peer;
  while (trusts(client) && !forwarded_for.empty()) {
    const auto comma = forwarded_for.rfind(',');
    const auto previous =
        trimmed(comma == std::string_view::npos ? forwarded_for : forwarded_for.substr(comma + 1));
    // What is no address was not written by a proxy that deserves trust.
    if (!parse_address(previous)) break;
    client = previous;
    forwarded_for = comma == std::string_view::npos ? "" : forwarded_for.substr(0, comma);
  }
  return std::string(client);
}

std::string limit_key_of(std::string_view address) {
  auto bytes = parse_address(address);
  if (!bytes) return std::string(address);
  const auto size = is_mapped(*bytes) ? bytes->size() : std::size_t{8};
  return {reinterpret_cast<const char*>(bytes->data()), size};
}

}  // namespace lectern::app
