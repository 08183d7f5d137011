#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json/fwd.hpp>

#include <lectern/arguments.h>
#include <lectern/error.h>
#include <lectern/unique_function.h>

namespace lectern {

/// Names a socket from anywhere: a value, valid on every thread, also after the socket is gone.
/// Never reused while the server runs.
struct SocketRef {
  std::uint32_t shard = 0;   ///< on which it lives
  std::uint64_t serial = 0;  ///< 0: no socket
  /// The same socket.
  bool operator==(const SocketRef&) const = default;
};

/// What the client said when it connected. The views live as long as the handler that got them
/// runs. Once the connection's first CONNECT was accepted and its on_connection has returned, only
/// `address` and `transport` are left, unless `Options::keep_handshake` says otherwise.
struct Handshake {
  std::string_view address;        ///< of the peer or, see Options::client_address, the client
  std::string_view query;          ///< of the request that opened the session, percent-encoded
  std::string_view transport;      ///< "polling" or "websocket" when the session was opened
  std::string_view user_agent;     ///< as sent; "": none
  std::string_view forwarded_for;  ///< X-Forwarded-For as sent; trust it only from a known proxy
  /// Name and value of those headers that Options::handshake_headers names and the request had.
  std::vector<std::pair<std::string_view, std::string_view>> headers = {};
};

/// Why a socket ended, spelled as Socket.IO for Node.js does: "transport close", "ping timeout",
/// "client namespace disconnect", "server namespace disconnect", "parse error", …
using DisconnectReason = std::string_view;

/// What has gone over one connection, for all of its namespaces.
struct Traffic {
  std::int64_t connected_at = 0;   ///< ms since the epoch, up to 100 ms early
  std::int64_t last_activity = 0;  ///< ms since the epoch: the last frame or request of the client
  std::uint64_t messages_in = 0;   ///< Engine.IO messages read, up to 2^32
  std::uint64_t messages_out = 0;  ///< Engine.IO messages queued, up to 2^32
  std::uint64_t bytes_in = 0;      ///< of messages and request bodies, up to 2^48
  std::uint64_t bytes_out = 0;     ///< of messages and response bodies, up to 2^48
};

/// How an event is sent.
struct EmitOptions {
  bool is_volatile = false;  ///< may be dropped when the connection has unsent data
  bool compress = true;      ///< false: leaves as it is where others are compressed
  /// "": nothing. Else, where the connection takes no more, this event stands for all of the
  /// namespace that wait there under the same key: the one before leaves the queue, and this one
  /// comes behind everything else. For what tells a whole state: a leaderboard, a list of who is
  /// there. Of few values, which the queues keep. Not for events with attachments or an
  /// acknowledgement; on this node alone; not by a Client.
  std::string conflate_key = {};
};

/// What a client acknowledged, or why it did not: timed_out, disconnected, busy.
using AckHandler = UniqueFunction<void(Result<Arguments>)>;

/// One client on one namespace. Lives on its shard and may be touched there only, inside a handler
/// or Server::with_socket(); keep its ref(), never its address.
class Socket {
 public:
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  SocketRef ref() const;           ///< names it from anywhere
  std::string_view id() const;     ///< public id, 20 characters; also the name of a room of its own
  const std::string& nsp() const;  ///< the namespace: "/"
  Handshake handshake() const;     ///< shared by the namespaces of the connection
  /// The payload of CONNECT; null when there was none, and once on_connection has returned unless
  /// `Options::keep_handshake` is set.
  const boost::json::value& auth() const;
  bool websocket() const;   ///< the transport now
  Traffic traffic() const;  ///< of the connection so far
  /// The client came back within `Options::recovery`: its id, rooms and data are those it had, and
  /// it gets what it missed.
  bool recovered() const;

  /// False when the socket's queue is full or the socket is ending: nothing was queued.
  bool emit(std::string_view event, const boost::json::value& payload,
            const EmitOptions& options = {});
  /// The same with any number of arguments, binary ones among them.
  bool emit_args(std::string_view event, const Arguments& arguments,
                 const EmitOptions& options = {});
  /// Asks for an acknowledgement. The handler runs once, on the socket's shard; at once (busy) when
  /// `kMaxPendingAcks` are awaited already or nothing can be queued.
  void emit_with_ack(std::string_view event, const Arguments& arguments,
                     std::chrono::milliseconds timeout, AckHandler handler);
  static constexpr std::size_t kMaxPendingAcks = 1024;  ///< of one socket

  void join(std::string_view room);        ///< takes effect at once; nothing when it is in already
  void leave(std::string_view room);       ///< takes effect at once; nothing when it is not in
  bool in(std::string_view room) const;    ///< whether it is a member
  std::vector<std::string> rooms() const;  ///< in no order

  /// Sends a Socket.IO DISCONNECT, after which stock clients stay away; with `close_connection`
  /// the whole connection ends too, after what is queued was sent.
  void disconnect(bool close_connection);

  /// Closes the transport after what is queued was sent, without a DISCONNECT: stock clients come
  /// back. `reason` is what the disconnect handler is told.
  void close_transport(DisconnectReason reason);

  /// Reads nothing more of the client's WebSocket, for all of its namespaces, until
  /// resume_reading(): for a client that asks for more than can be done for it. What it sends waits
  /// in the kernel and then with the client, pongs as well, so that a pause of `ping_timeout` ends
  /// the connection. What was read already is still handled. On long-polling nothing happens.
  void pause_reading();
  void resume_reading();  ///< see pause_reading(); nothing when it reads

  /// Whatever the application keeps for this socket.
  std::shared_ptr<void> data;

 protected:
  Socket() = default;
  ~Socket() = default;
};

/// Acknowledges one event, once. A value; any thread. Does nothing when none was asked for, when
/// the socket is gone, or on a second call.
class Ack {
 public:
  Ack() = default;
  bool requested() const { return id_.has_value(); }         ///< whether the client asked for one
  SocketRef socket() const { return socket_; }               ///< whose event it was
  void operator()(const boost::json::value& payload) const;  ///< with one argument
  /// The same with any number of arguments, binary ones among them.
  void reply(const Arguments& arguments) const;

 private:
  friend class ServerCore;
  class ServerCore* server_ = nullptr;
  SocketRef socket_;
  std::optional<std::uint64_t> id_;
};

/// One event as it came in. The views live as long as the handler runs.
struct Event {
  std::string_view name;     ///< never one of those that Socket.IO keeps for itself
  boost::json::array& args;  ///< without the name; may be moved from
  Attachments& attachments;  ///< of `args` (see Arguments); may be moved from
  Ack ack;                   ///< may be copied and called later
  std::int64_t received_at;  ///< ms since the epoch, taken when the bytes were read
  std::size_t bytes;         ///< of the packet's text
};

/// Why a client may not connect, as it is told.
struct ConnectError {
  std::string message;                             ///< for people
  std::shared_ptr<const boost::json::value> data;  ///< null: none
};

/// Continues (nullopt) or refuses a connection. Call once, from any thread.
using Next = UniqueFunction<void(std::optional<ConnectError>)>;

}  // namespace lectern
