#pragma once

#include <memory>
#include <vector>

#include <lectern/socket.h>

#include "app/request.h"
#include "base/uuid.h"

namespace lectern::app {

// What the application keeps for one socket, as Socket::data. Lives on the socket's shard.
struct Session {
  std::shared_ptr<const Caller> caller;
  std::vector<Uuid> rooms;                      // whose owners have heard of this socket; each once
  std::shared_ptr<RequestsUnderWay> under_way;  // null before the first request
};

inline Session& session_of(Socket& socket) { return *static_cast<Session*>(socket.data.get()); }

}  // namespace lectern::app
