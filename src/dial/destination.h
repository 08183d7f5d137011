#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace lectern::dial {

// Where to connect to.
struct Destination {
  bool secure = false;  // with TLS
  std::string host;     // a name, or an address without brackets
  std::uint16_t port = 0;
};

// Reads "host", "host:1" or "[::1]:1" into `destination`, whose port stays when there is none in
// the text. False for anything else; `destination` may then be changed.
[[nodiscard]] bool read_host_and_port(std::string_view text, Destination& destination);

}  // namespace lectern::dial
