#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>

namespace lectern::net {

// What a proxy says of a connection before its first byte: the PROXY protocol, versions 1 (a line)
// and 2 (binary). Source: "The PROXY protocol", HAProxy 2.4, sections 2.1 and 2.2.
struct ProxyHeader {
  std::string address;   // of the client, in text form; "": the proxy itself is the client
  std::size_t size = 0;  // bytes of the header
};

enum class ProxyHeaderState { incomplete, malformed };

// What is longer than this is malformed.
inline constexpr std::size_t kMaxProxyHeader = 4096;

std::variant<ProxyHeader, ProxyHeaderState> read_proxy_header(std::string_view bytes);

}  // namespace lectern::net
