#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace lectern::net {

// Sockets that listen on one address and port, non-blocking, one for each of `count` shards; the
// kernel spreads connections over them (SO_REUSEPORT).
struct ListeningSockets {
  std::vector<int> fds;
  std::uint16_t port = 0;  // the real one
};

// `address` is IPv4 or IPv6 in text form; port 0 takes a free one.
// Throws std::system_error whose what() names the address, also when somebody listens there
// already: the port is bound once without SO_REUSEPORT before it is shared.
ListeningSockets listen_on(const std::string& address, std::uint16_t port, unsigned count);

}  // namespace lectern::net
