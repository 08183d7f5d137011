#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include <lectern/http.h>
#include <lectern/options.h>

#include "base/frame.h"
#include "base/time.h"
#include "engine/handshake_error.h"
#include "net/deadline.h"
#include "net/http_connection.h"
#include "net/loop.h"
#include "net/message_compression.h"
#include "net/tls_acceptor.h"
#include "server/counters.h"
#include "server/delivery.h"
#include "server/engine_http.h"
#include "server/http_exchange.h"
#include "server/message_sink.h"
#include "server/packet_writer.h"
#include "server/plain_websocket.h"
#include "server/recovery.h"
#include "server/server_socket.h"
#include "server/socket_table.h"
#include "server/waiting_clients.h"

namespace lectern {
class ServerCore;
}

namespace lectern::server {

class Session;

// One thread with its loop and everything that lives on it: connections, sessions, sockets, rooms.
// Constructed and destroyed on the server's own thread while its thread does not run; in between,
// whatever is not said to be for any thread is called on this shard.
class Shard final : public net::HttpListener {
 public:
  // One list for each time-out that there is.
  struct Deadlines {
    explicit Deadlines(const Options& options)
        : ping(options.ping_interval),
          pong(options.ping_timeout),
          connect(options.connect_timeout),
          upgrade(options.upgrade_timeout),
          silence(options.ping_interval + options.ping_timeout) {}
    net::DeadlineList ping;
    net::DeadlineList pong;
    net::DeadlineList connect;
    net::DeadlineList upgrade;
    net::DeadlineList silence;  // of clients of v3, which send the pings
    net::DeadlineList last_poll{std::chrono::seconds(5)};
    net::DeadlineList http{std::chrono::seconds(30)};
  };

  Shard(ServerCore& core, unsigned index);
  ~Shard() override;

  void listen(int fd, bool internal);  // before run()
  // What the connections that it accepts from now on have, but internal ones; null: no TLS.
  void use_tls(std::shared_ptr<const net::TlsAcceptor> tls) { tls_ = std::move(tls); }
  void run();  // the thread's body
  void stop_listening();
  // Closes every session and connection; the loop ends when they are gone, at the latest after
  // `grace`.
  void stop(std::chrono::milliseconds grace);

  ServerCore& core() { return core_; }
  unsigned index() const { return index_; }
  const Options& options() const;
  WaitingClients& waiting();
  net::Loop& loop() { return loop_; }
  Deadlines& deadlines() { return deadlines_; }
  Counters& counters() { return counters_; }
  const Counters& counters() const { return counters_; }
  SocketTable& sockets() { return sockets_; }
  EngineHttp& engine() { return engine_; }
  Recovery& recovery() { return recovery_; }
  net::MessageCompression& compression() { return compression_; }

  // When the bytes of this turn were read, in ms since the epoch.
  TimeMs received_at() const;

  Session& add_session(std::unique_ptr<Session> session);
  Session* find_session(std::string_view sid) const;
  // Destroys it at the end of the turn.
  void retire(Session& session);
  ServerSocket& retire(std::unique_ptr<ServerSocket> socket);
  void retire(PlainWebSocket& socket);
  // What reads the messages of a new session.
  std::unique_ptr<MessageSink> new_sink(Session& session);

  void note_poll_to_answer(Session& session) { polls_to_answer_.push_back(&session); }
  void note_slow_reader(Session& session) { slow_readers_.push_back(&session); }
  void note_failure(Errc error);

  // The answer may be that of another shard's connection.
  void answer(const HttpExchange& exchange, HttpResponse response);
  void answer_error(const HttpExchange& exchange, engine::HandshakeError error);
  // To a connection of this shard; nothing happens when it is gone.
  void respond(std::uint64_t serial, HttpResponse response);

  // False when nothing was queued.
  bool emit(ServerSocket& socket, std::string_view event, const PacketWriter::Values& values,
            const EmitOptions& options);
  // Sends a packet to those of its sockets that are here.
  void deliver(const DeliveryPtr& delivery);
  // To the sockets of these serials that are still here.
  void deliver_to(std::span<const std::uint64_t> serials, const Outgoing& packet,
                  const std::string& offset, bool is_volatile);
  // The same, with an acknowledgement of that id asked for; the handlers run here. Returns how many
  // were sent.
  std::size_t deliver(const DeliveryPtr& delivery, std::uint64_t ack_id,
                      std::chrono::milliseconds timeout,
                      UniqueFunction<void(Result<Arguments>)> each);
  void expire_ack(const ServerSocket& socket, std::uint64_t id, std::chrono::milliseconds timeout);

 private:
  void accepted(int fd, std::string address, bool internal);
  // A connection of a proxy that says first whose it is.
  void await_client(int fd, std::string proxy);
  void serve(int fd, std::string address, bool internal, std::string unread);
  void on_request(net::HttpConnection& connection, HttpRequest request) override;
  void open_plain_websocket(net::HttpConnection& connection, const HttpExchange& exchange,
                            const HttpRequest& request);
  void on_http_end(net::HttpConnection& connection) override;
  void no_longer_silent(const net::HttpConnection& connection);
  void end_turn();
  void forget_lost_clients();  // now and then

  ServerCore& core_;
  unsigned index_;
  Deadlines deadlines_;
  net::MessageCompression compression_;
  Recovery recovery_;
  Counters counters_;
  SocketTable sockets_;
  EngineHttp engine_;
  boost::unordered_flat_map<std::string_view, std::unique_ptr<Session>> sessions_;  // by their sid
  std::unordered_map<PlainWebSocket*, std::unique_ptr<PlainWebSocket>> plain_websockets_;
  std::unordered_map<std::uint64_t, net::HttpConnection*> http_;
  std::uint64_t next_http_serial_ = 1;
  std::shared_ptr<const net::TlsAcceptor> tls_;
  std::vector<Session*> polls_to_answer_;
  std::vector<Session*> slow_readers_;
  std::vector<std::unique_ptr<Session>> retired_sessions_;
  std::vector<std::unique_ptr<ServerSocket>> retired_sockets_;
  std::vector<std::unique_ptr<PlainWebSocket>> retired_plain_websockets_;
  net::Loop loop_;  // last: its connections go before what they listen to
};

}  // namespace lectern::server
