#pragma once

#include <optional>
#include <string>

#include <boost/json/value.hpp>

namespace lectern::server {

class ServerSocket;

// What a client that comes back says in its CONNECT.
struct Claim {
  std::string pid;
  std::string offset;  // of the last packet it got; "": of none
};

std::optional<Claim> claim_of(const boost::json::value& auth);

// Makes a socket that waits for its CONNECT what it was before its connection was lost, sends what
// it missed and welcomes it. When that cannot be, it is welcomed as a new one.
//
// The private id names the shard that keeps the lost socket; the shard on which that socket lived
// has its packets. It is asked for them after the socket has joined its rooms here and after
// everything that any shard had emitted until then has arrived there, so that no packet falls
// between the two; one that comes both ways is sent once.
void come_back(ServerSocket& socket, Claim claim);

}  // namespace lectern::server
