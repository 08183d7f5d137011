#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include <lectern/http.h>
#include <lectern/socket.h>

#include "app/environment.h"
#include "app/live_sockets.h"

namespace lectern::app {

// What the operator sees of the connections that have shown who they are, and how one is closed.
// Any shard. Source: docs/operating.md, "Connections".
class ConnectionList {
 public:
  static constexpr std::size_t kPage = 100;
  static constexpr std::size_t kMostPerPage = 1000;

  // Both outlive this object.
  ConnectionList(Environment& environment, const LiveSockets& live)
      : environment_(environment), live_(live) {}

  // GET /api/connections?cursor=&limit=
  void list(const HttpRequest& request, HttpReply reply) const;
  // DELETE /api/connections/{id}
  void close(const std::string& id, HttpReply reply) const;

 private:
  struct Listing;

  void list_on(unsigned shard, const std::shared_ptr<Listing>& listing) const;
  boost::json::object describe(Socket& socket) const;

  Environment& environment_;
  const LiveSockets& live_;
};

}  // namespace lectern::app
