#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace lectern::load {

// The server that connections go to.
struct Peer {
  sockaddr_storage address{};
  socklen_t size = 0;
  std::string authority;  // of the Host header
  std::string target;     // of the upgrade request
  bool engine_io = true;  // whether the message "2" is a ping that wants a "3"
};

// The peer behind http://host[:port] or ws://…, whose Engine.IO is at `path`. Looks the name up,
// which blocks. Throws std::runtime_error with a line for the user.
Peer peer_at(std::string_view url, const std::string& path);

// The peer at a port of this machine.
Peer local_peer(std::uint16_t port);

}  // namespace lectern::load
