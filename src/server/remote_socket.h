#pragma once

#include <optional>

#include <boost/json/value.hpp>

#include <lectern/broadcast.h>

namespace lectern::server {

class ServerSocket;

// A socket as the other nodes of a cluster are told of it: {id, handshake, rooms, data}. The
// handshake has those members of Socket.IO for Node.js that are known here.
boost::json::value describe(ServerSocket& socket);

// A socket of another node; nothing for what is none.
std::optional<RemoteSocket> read_remote_socket(const boost::json::value& description);

}  // namespace lectern::server
