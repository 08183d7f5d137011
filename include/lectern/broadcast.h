#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/fwd.hpp>

#include <lectern/arguments.h>
#include <lectern/error.h>
#include <lectern/socket.h>
#include <lectern/unique_function.h>

namespace lectern {

class ServerCore;

/// Which sockets of a namespace are meant: the members of any of `rooms` (all sockets when there is
/// none) without the members of `except_rooms` and without `except`.
struct Selection {
  std::string nsp;                        ///< the namespace: "/"
  std::vector<std::string> rooms;         ///< empty: every socket
  std::vector<std::string> except_rooms;  ///< whose members are left out
  SocketRef except;                       ///< left out; the default names no socket
};

/// What a broadcast that asked for acknowledgements brought in.
struct BroadcastAnswers {
  std::vector<Arguments> answers;  ///< in the order in which they came
  std::size_t missing = 0;         ///< sockets that left, or did not answer in time
  std::optional<Errc> error;       ///< why some nodes were not heard: unavailable, timed_out, busy
};

/// A socket as seen from elsewhere, at the moment of the question.
struct RemoteSocket {
  SocketRef ref;   ///< for what is to be done with it; of another node's: no socket,
                   ///< and `id`, which is a room, reaches it
  std::string id;  ///< as Socket::id()
  std::vector<std::string> rooms;  ///< in no order, its own among them
};

/// What Broadcast::fetch_sockets() found.
struct FoundSockets {
  std::vector<RemoteSocket> sockets;  ///< in no order
  std::optional<Errc> error;  ///< why those of some nodes are missing: unavailable, timed_out, busy
};

/// An action on many sockets, on all nodes of a cluster (Options::redis), made by
/// Server::broadcast(). A value; any thread. The server must outlive it. Handlers run once, on the
/// calling shard, or on shard 0 when the caller is none.
class Broadcast {
 public:
  Broadcast& to(std::string_view room);      ///< adds a room; a socket in several gets it once
  Broadcast& except(std::string_view room);  ///< leaves the members of a room out
  Broadcast& except(SocketRef socket);       ///< leaves one socket out; the last one counts
  Broadcast& is_volatile(bool on = true);    ///< dropped where the connection has unsent data
  Broadcast& compress(bool on);              ///< false: leaves as it is where others are compressed
  /// Where the connection takes no more, replaces what waits there under the same key; see
  /// EmitOptions::conflate_key.
  Broadcast& conflate(std::string_view key);
  Broadcast& local(bool on = true);  ///< on this node alone

  /// Encoded once. Order holds between what one thread emits.
  void emit(std::string_view event, const boost::json::value& payload) const;
  /// The same with any number of arguments, binary ones among them.
  void emit_args(std::string_view event, const Arguments& arguments) const;
  /// Asks every socket for an acknowledgement and waits for all of them, `timeout` at most.
  void emit_with_ack(std::string_view event, const Arguments& arguments,
                     std::chrono::milliseconds timeout,
                     UniqueFunction<void(BroadcastAnswers)> handler) const;

  /// Adds the sockets to a room; `done` runs when those of this node have joined, and the other
  /// nodes are told.
  void sockets_join(std::string_view room, Task done = {}) const;
  /// Takes the sockets out of a room; `done` as for sockets_join().
  void sockets_leave(std::string_view room, Task done = {}) const;
  /// Socket::disconnect() for each; `done` runs when all are told.
  void disconnect_sockets(bool close_connection, Task done = {}) const;
  /// Lists the sockets. They may have gone when the handler runs.
  void fetch_sockets(UniqueFunction<void(FoundSockets)> handler) const;

 private:
  friend class Server;
  Broadcast(ServerCore& core, std::string_view nsp) : core_(&core) { selection_.nsp = nsp; }

  ServerCore* core_;
  Selection selection_;
  EmitOptions options_;
  bool local_ = false;
};

}  // namespace lectern
