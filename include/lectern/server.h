#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <lectern/broadcast.h>
#include <lectern/error.h>
#include <lectern/http.h>
#include <lectern/message_socket.h>
#include <lectern/options.h>
#include <lectern/socket.h>
#include <lectern/unique_function.h>

namespace lectern {

class ServerCore;

/// Decides whether a client may connect; see Namespace::use.
using Middleware = UniqueFunction<void(Socket&, Next)>;
/// Something about a socket that needs no further word.
using ConnectionHandler = UniqueFunction<void(Socket&)>;
/// Takes one event; see Events for handlers by name.
using EventHandler = UniqueFunction<void(Socket&, Event&)>;
/// Sees one event that goes to a socket: its name, and the arguments as the client gets them.
using OutgoingHandler = UniqueFunction<void(Socket&, std::string_view event, const Arguments&)>;
/// Takes leave of a socket, which is gone when it returns.
using DisconnectHandler = UniqueFunction<void(Socket&, DisconnectReason)>;
/// What the peer did, before the connection ends for it.
using ClosingHandler = UniqueFunction<void(Socket&, Errc)>;
/// See Server::on_silent_end(). Any shard, several at once.
using SilentEndHandler = UniqueFunction<void(const Handshake&)>;

/// Whether a client may have a namespace of this name; see Server::of_matching().
using NamespaceMatch = UniqueFunction<bool(std::string_view name, const boost::json::value& auth)>;

/// Whether this socket may become the one that was lost, whose Socket::data is given.
using RecoveryHandler = UniqueFunction<bool(Socket&, const std::shared_ptr<void>& lost_data)>;

/// An event from another server of the cluster, see Server::server_side_emit(). The views live as
/// long as the handler runs.
struct ServerSideEvent {
  std::string_view name;     ///< what happened
  boost::json::array& args;  ///< without the name; may be moved from
  /// Answers it, once, from any thread; may be moved away and called later. Does nothing when no
  /// answer was asked for.
  UniqueFunction<void(const boost::json::value&)> reply;
};
/// Takes one of them, on shard 0. What it throws is a line in the log and no answer.
using ServerSideHandler = UniqueFunction<void(ServerSideEvent&)>;

/// What Server::server_side_emit_with_ack() brought in.
struct ServerSideAnswers {
  std::vector<boost::json::value> answers;  ///< one for each server, in the order they came
  std::optional<Errc> error;                ///< why some are missing: unavailable, timed_out, busy
};

/// The handlers of one Socket.IO namespace. Fill it before Server::start(); handlers run on the
/// socket's shard, on several shards at once, so what they capture must be safe to share. One that
/// throws costs its own connection (close code 1011, reason "forced close") and is logged.
struct Namespace {
  Middleware use;                   ///< empty: everybody may connect
  RecoveryHandler may_come_back;    ///< after `use`, before anything is sent; empty: whoever knows
                                    ///< the private id may
  ConnectionHandler on_connection;  ///< after CONNECT was accepted, before any event
  EventHandler on_event;            ///< every event
  /// Every event to a client, broadcasts among them, before it is queued and whether or not it can
  /// be; neither acknowledgements nor what a client missed that comes back. What the handler emits
  /// is shown to it as well. Reads each event back from its wire form, once per shard; an empty one
  /// costs nothing.
  OutgoingHandler on_any_outgoing;
  ConnectionHandler on_drain;       ///< what the client had left unread has gone: emit on
  ClosingHandler on_closing;        ///< before the server ends the connection for an error of the
                                    ///< peer; what it emits still leaves
  DisconnectHandler on_disconnect;  ///< last; the socket is in no room any more
  ServerSideHandler on_server_side_event;  ///< from another server of the cluster
};

/// Counters since start and gauges of now, summed over the shards.
struct ServerStats {
  std::uint64_t connections_accepted = 0;  ///< of TCP
  std::uint64_t connections_refused = 0;   ///< by a limit, or because none are accepted
  std::uint64_t descriptors_missing = 0;   ///< those refused because no descriptor was left
  std::uint64_t connections = 0;           ///< gauge: of TCP
  std::uint64_t sessions_opened = 0;       ///< of Engine.IO
  std::uint64_t sessions = 0;              ///< gauge: Engine.IO sessions
  std::uint64_t websocket_sessions = 0;    ///< gauge
  std::uint64_t sockets = 0;               ///< gauge: Socket.IO sockets
  std::uint64_t messages_in = 0;           ///< Engine.IO messages read
  std::uint64_t messages_out = 0;          ///< Engine.IO messages queued
  std::uint64_t bytes_in = 0;              ///< of messages and request bodies
  std::uint64_t bytes_out = 0;             ///< of messages and response bodies
  std::uint64_t slow_readers = 0;          ///< closed because their queue was full
  std::uint64_t slow_reader_bytes = 0;     ///< dropped with their queues
  std::uint64_t volatile_dropped = 0;      ///< volatile events that found unsent data
  std::uint64_t conflated = 0;             ///< events that a later one with their key replaced
  /// Gauge, of each shard: bytes that wait for sockets that take no more and for the next poll. A
  /// message that waits for several clients counts for each, though all share its bytes.
  std::vector<std::uint64_t> queued_bytes;
  std::uint64_t protocol_errors = 0;  ///< sessions that ended for what their peer sent
  std::uint64_t ping_timeouts = 0;    ///< sessions that ended for a missing pong
  std::uint64_t mailbox_depth = 0;    ///< gauge: tasks posted between shards and not yet run
  bool clustered = false;             ///< Options::redis is set; else the rest means nothing
  std::uint64_t cluster_out = 0;      ///< messages published for other nodes
  std::uint64_t cluster_in = 0;       ///< messages of other nodes
  std::uint64_t cluster_dropped = 0;  ///< of both, lost to a Redis or a shard that did not keep up
  std::uint64_t cluster_malformed = 0;  ///< messages on our channels that nobody can read
  bool cluster_available = false;       ///< gauge: Redis can be used
};

/// A Socket.IO v5 server over Engine.IO v4.
///
/// Threads: `Options::threads` shards, each one thread that owns the connections it accepted.
/// Tasks posted from one thread to one shard run in the order in which they were posted, and a
/// broadcast takes the same way, so that what a thread posts and emits arrives in order.
class Server {
 public:
  /// Nothing is bound yet and no thread runs. Throws std::invalid_argument for options that cannot
  /// be.
  explicit Server(Options options);
  /// stop() without grace. Not on a shard.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  Namespace& of(std::string_view name);  ///< before start()
  /// Namespaces that exist while they have sockets, as many as clients ask for: any name for which
  /// `match` says true and of() does not know. The handlers are shared by all of them. Before
  /// start(); the first that matches counts.
  Namespace& of_matching(NamespaceMatch match);
  /// Before start(): once a handler is set, `Options::path` serves Engine.IO without Socket.IO.
  MessageHandlers& engine();
  /// Before start(): once a handler is set, WebSockets are accepted on every other path.
  MessageHandlers& websocket();
  void on_http(HttpHandler handler);  ///< before start(); without one the answer is 404
  /// A connection ended that never sent a CONNECT. Before start().
  void on_silent_end(SilentEndHandler handler);

  /// Binds, starts the threads and returns the endpoints with their real ports.
  /// Throws std::system_error when an address cannot be bound; `what()` names it, and
  /// std::runtime_error for Options::tls, with TlsOptions::mistake(). In a cluster it
  /// waits for Redis, RedisOptions::requests_timeout at most, and then goes on without.
  std::vector<Endpoint> start();

  /// Connections that come from now on get this certificate, on each shard as soon as it has looked
  /// into its mailbox; those that are there stay. Reads the files, on the calling thread. Throws
  /// std::runtime_error, whose what() is TlsOptions::mistake(), and goes on with the old
  /// certificate; std::logic_error without Options::tls. Any thread, after start().
  void reload_tls(const TlsOptions& tls);

  /// While `refuse` is set, handshakes are answered with 503 and SERVER_BUSY; connections stay. Any
  /// thread.
  void refuse_sessions(bool refuse);

  /// Stops accepting; connections stay.
  void stop_accepting();

  /// Closes every connection after its queue was sent (at most for `grace`) and ends the threads.
  void stop(std::chrono::milliseconds grace);

  unsigned shards() const;                     ///< as many as `Options::threads`
  std::optional<unsigned> this_shard() const;  ///< nullopt on a thread that is no shard of ours

  /// Runs `task` on a shard: at once when the caller is that shard, else in order of posting.
  ///
  /// What a task throws, here and in post(), try_run_on() and run_after(), is one line of level
  /// error in Options::log (nothing without a log) and goes no further, also when it runs at once:
  /// no connection is to blame, and a mistake in one task must not end those of everybody else. A
  /// program that would rather stop makes its task noexcept; one that wants to know catches in it.
  void run_on(unsigned shard, Task task);
  /// The same, always later, also when the caller is that shard. In order with run_on() from
  /// other threads.
  void post(unsigned shard, Task task);
  /// Like run_on(), but refuses (false, `task` dropped) when the shard has more than
  /// `kMaxMailbox` tasks waiting. For what a peer asked for; replies and broadcasts use run_on().
  [[nodiscard]] bool try_run_on(unsigned shard, Task task);
  static constexpr std::size_t kMaxMailbox = 65536;  ///< tasks

  /// Runs `task` on that shard when `delay` has passed. There is no cancelling: the task looks
  /// whether it is still wanted. Dropped by stop().
  void run_after(unsigned shard, std::chrono::milliseconds delay, Task task);

  /// Runs `f` on the socket's shard (run_on); not at all when the socket is gone.
  void with_socket(SocketRef socket, UniqueFunction<void(Socket&)> f);

  /// Starts an action on the sockets of a namespace: all of them, unless to() names rooms.
  Broadcast broadcast(std::string_view nsp = "/");

  /// Emits to the members of `room` on all shards, except `except`; encoded once. Any thread.
  void emit_to_room(std::string_view nsp, std::string_view room, std::string_view event,
                    const boost::json::value& payload, const EmitOptions& options = {},
                    SocketRef except = {});
  /// Emits to one socket. Any thread.
  void emit_to_socket(SocketRef socket, std::string_view event, const boost::json::value& payload,
                      const EmitOptions& options = {});
  /// Emits to these sockets; encoded once, one message per shard. Any thread.
  void emit_to_sockets(std::span<const SocketRef> sockets, std::string_view event,
                       const boost::json::value& payload, const EmitOptions& options = {});

  /// Tells the other servers of the cluster, in their Namespace::on_server_side_event; this one is
  /// not told. Does nothing without Options::redis. Any thread.
  void server_side_emit(std::string_view nsp, std::string_view event,
                        const boost::json::array& arguments);
  /// The same, and waits for an answer of each, RedisOptions::requests_timeout at most. The handler
  /// runs once, on the calling shard, or on shard 0 when the caller is none.
  void server_side_emit_with_ack(std::string_view nsp, std::string_view event,
                                 const boost::json::array& arguments,
                                 UniqueFunction<void(ServerSideAnswers)> handler);

  ServerStats stats() const;  ///< any thread; the numbers are not of one instant

 private:
  std::unique_ptr<ServerCore> core_;
};

}  // namespace lectern
