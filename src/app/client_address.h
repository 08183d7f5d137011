#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lectern::app {

// An IPv6 address, or an IPv4 one in its mapped form (RFC 4291 section 2.5.5.2).
using AddressBytes = std::array<std::uint8_t, 16>;

std::optional<AddressBytes> parse_address(std::string_view text);

// Which proxies may say on whose behalf they ask. Immutable; any thread.
class TrustedProxies {
 public:
  TrustedProxies() = default;
  // Addresses or CIDR blocks: "10.0.0.0/8", "::1". Throws std::invalid_argument (one line).
  explicit TrustedProxies(const std::vector<std::string>& blocks);

  bool trusts(std::string_view address) const;

  // Who asks: `peer`, or when that is a trusted proxy the last address in X-Forwarded-For that is
  // not one. D12.
  std::string client_of(std::string_view peer, std::string_view forwarded_for) const;

 private:
  struct Block {
    AddressBytes network;
    unsigned bits;
  };
  std::vector<Block> blocks_;
};

// What limits count as one address: an IPv4 address, or the /64 network of an IPv6 one.
std::string limit_key_of(std::string_view address);

}  // namespace lectern::app
