#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include <lectern/server.h>

#include "app/session.h"
#include "base/time.h"
#include "identity/authenticator.h"

namespace lectern::app {

// The wall clock, by which tokens expire.
TimeMs wall_clock();

// Every connected socket, by shard, so that it can be closed when its token dies.
class LiveSockets {
 public:
  static constexpr std::chrono::milliseconds kSweep{500};

  // Both must outlive this object.
  LiveSockets(Server& server, const identity::Authenticator& authenticator);

  // On the socket's shard; remove() before the socket goes. Adding it again renews its token. One
  // that died since it was checked closes the socket.
  void add(const Socket& socket, std::shared_ptr<const Caller> caller);
  void remove(const Socket& socket);

  // On that shard: up to `most` of its sockets whose serials come after that one, ascending.
  std::vector<SocketRef> after(unsigned shard, std::uint64_t serial, std::size_t most) const;

  // Closes within a moment every socket whose token was revoked. Call it after each revocation;
  // any thread.
  void recheck();

  // Starts closing sockets whose token has expired, each at most kSweep late. Once, after
  // Server::start().
  void watch_expiry();

  // Tells every client when to come back, and closes the connections one after the other over
  // `period`, so that they do not all come back at once.
  void send_away(std::chrono::milliseconds period);

 private:
  struct Live {
    SocketRef socket;
    std::shared_ptr<const Caller> caller;
  };
  using Shard = std::unordered_map<std::uint64_t, Live>;  // by serial

  void sweep(unsigned shard);
  void send_away_shard(unsigned shard, std::chrono::milliseconds period);
  void recheck_shard(unsigned shard);
  void close(SocketRef socket, const boost::system::error_code& reason);

  Server& server_;
  const identity::Authenticator& authenticator_;
  std::vector<Shard> shards_;  // each touched on its shard alone
};

// Tells the client why, and ends its connection for good: stock clients stay away.
void close_for_good(Socket& socket, const Failure& reason);

}  // namespace lectern::app
