#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <lectern/arguments.h>
#include <lectern/client_options.h>
#include <lectern/error.h>
#include <lectern/socket.h>
#include <lectern/unique_function.h>

namespace lectern {

class ClientCore;

/// Answers one event of the server, once. A value; any thread. Does nothing when none was asked
/// for, on a second call, and when the connection that the event came by is over.
class ClientAck {
 public:
  ClientAck() = default;
  bool requested() const { return ticket_ != nullptr; }      ///< whether the server asked for one
  void operator()(const boost::json::value& payload) const;  ///< with one argument
  /// The same with any number of arguments, binary ones among them.
  void reply(const Arguments& arguments) const;

 private:
  friend class ClientCore;
  struct Ticket;
  std::shared_ptr<Ticket> ticket_;
};

/// One event as it came in, for every handler that wants it. Lives as long as the handlers run.
struct ClientEvent {
  std::string_view name;           ///< never one of those that Socket.IO keeps for itself
  const boost::json::array& args;  ///< without the name
  const Attachments& attachments;  ///< of `args`, see Arguments
  ClientAck ack;                   ///< may be copied and called later
};

/// The client's end of one namespace. Lives as long as its Client.
///
/// Threads: every function may be called from any thread; calls of one thread take effect in their
/// order. Handlers run on the client's thread, one at a time; they may call everything here, and
/// hold up everything of this client while they run. What they throw is logged, see
/// ClientOptions::log, and the client goes on.
class ClientSocket {
 public:
  ClientSocket(const ClientSocket&) = delete;
  ClientSocket& operator=(const ClientSocket&) = delete;

  const std::string& nsp() const;  ///< the namespace: "/"
  bool connected() const;          ///< whether CONNECT was accepted and the connection is there
  std::string id() const;          ///< as the server knows this socket; "" while not connected
  /// The last connect took up the session that was lost: the server kept its id and rooms, and what
  /// it sent meanwhile was delivered.
  bool recovered() const;

  /// Takes one event.
  using EventHandler = UniqueFunction<void(const ClientEvent&)>;
  /// Several handlers of one event run in the order in which they were added.
  void on(std::string_view event, EventHandler handler);
  void on_any(EventHandler handler);  ///< every event, before the handlers of its name
  void off(std::string_view event);   ///< all handlers of that event

  /// These replace the handler that was there.
  void on_connect(Task handler);
  /// Not connected. From the server's middleware: its message and data, and the socket does not
  /// try again by itself. From the transport: "xhr poll error", "websocket error", "timeout", or,
  /// when the connection was lost before the server answered CONNECT, the reason as on_disconnect()
  /// would have it; the client tries again.
  void on_connect_error(UniqueFunction<void(const ConnectError&)> handler);
  /// "io server disconnect" and "io client disconnect" are final until connect(); after "ping
  /// timeout", "transport close", "transport error" and "parse error" the client comes back.
  void on_disconnect(UniqueFunction<void(DisconnectReason)> handler);

  /// Asked on the client's thread before every CONNECT; instead of `ClientOptions::auth`. When it
  /// throws, on_connect_error() is told "auth error", and the socket does not try again by itself.
  void set_auth(UniqueFunction<boost::json::value()> auth);

  void connect();     ///< also after a final disconnect; nothing when connected already
  void disconnect();  ///< tells the server after what was emitted before; handlers stay

  /// While not connected the event waits and is sent after the next connect; a volatile one is
  /// dropped then, and also when the connection has unsent data.
  /// False, and nothing was queued, when `ClientOptions::send_buffer_bytes` is full, when a string
  /// is not UTF-8, and for a name that Socket.IO keeps for itself ("connect", "disconnect", …).
  bool emit(std::string_view event, const boost::json::value& payload,
            const EmitOptions& options = {});
  /// The same with any number of arguments, binary ones among them.
  bool emit_args(std::string_view event, const Arguments& arguments,
                 const EmitOptions& options = {});
  /// Asks for an acknowledgement. The handler runs once, on the client's thread: timed_out when
  /// `timeout` is over (an event that still waits is then not sent any more), disconnected when the
  /// connection ends first. False, and the handler never runs, when nothing was queued or
  /// `ClientOptions::max_pending_acks` are awaited already.
  bool emit_with_ack(std::string_view event, const Arguments& arguments,
                     std::chrono::milliseconds timeout, AckHandler handler);

 protected:
  ClientSocket() = default;
  ~ClientSocket() = default;
};

/// A try to connect again. Counted from 1 since the connection was lost.
struct ReconnectAttempt {
  unsigned number;                  ///< 1 is the first
  std::chrono::milliseconds delay;  ///< what was waited before it
};

/// A Socket.IO v5 client over Engine.IO v4: one connection to one server, shared by the namespaces.
///
/// It connects when the first socket does, and ends the connection with the last. A lost connection
/// is opened again after a delay that grows (ClientOptions), and then every socket that was
/// connected is again.
///
/// Threads: one of its own, on which all handlers run, and one for each lookup of a host's name.
/// Every function may be called from any thread, but the destructor not from a handler.
class Client {
 public:
  /// `url` is http://host[:port][?query], https, ws or wss; the query goes to the server.
  /// Throws std::invalid_argument for another text and for options that no connection can have,
  /// std::runtime_error when there are no certificates to trust, std::system_error when the system
  /// has no thread or descriptor left.
  explicit Client(std::string_view url, ClientOptions options = {});
  /// Disconnects, waits until what was emitted is sent, at most two seconds, and ends the thread.
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Made on the first call, not connected. Throws std::invalid_argument for a name that no packet
  /// can hold.
  ClientSocket& of(std::string_view nsp = "/");

  /// "polling" or "websocket"; "" while there is no connection.
  std::string_view transport() const;

  /// These replace the handler that was there.
  void on_upgrade(Task handler);  ///< the connection went over to a WebSocket
  /// Before each try to connect again.
  void on_reconnect_attempt(UniqueFunction<void(const ReconnectAttempt&)> handler);
  void on_reconnect_failed(Task handler);  ///< gave up after the last attempt

  void post(Task task);  ///< runs it on the client's thread; what it throws is logged

 private:
  std::shared_ptr<ClientCore> core_;
};

}  // namespace lectern
