#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <lectern/error.h>
#include <lectern/socket.h>

#include "base/contained.h"
#include "base/frame.h"
#include "engine/session.h"
#include "net/deadline.h"
#include "net/websocket_connection.h"
#include "server/http_exchange.h"
#include "server/message_sink.h"
#include "server/outgoing.h"
#include "server/poll_queue.h"

namespace lectern::server {

class Shard;

// One Engine.IO session with its transport: parked polls or a WebSocket, the heartbeat, the queue
// of what waits for the next poll. What its messages mean is its MessageSink's affair.
//
// Owned by its shard until the end of the turn in which it ended; every call on that shard.
class Session final : public net::WebSocketListener {
 public:
  Session(Shard& shard, std::string sid, const engine::HandshakeQuery& query, Handshake handshake);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  const std::string& sid() const { return sid_; }
  const Handshake& handshake() const { return handshake_; }
  engine::Transport transport() const { return session_.transport(); }
  engine::Version version() const { return session_.version(); }

  // Sends the open packet; the session lives from here on.
  void open(const HttpExchange& exchange);
  void open(net::WebSocketConnection& connection);

  // Requests of long-polling. Each is answered, now or later.
  void poll(const HttpExchange& exchange);
  void post(const HttpExchange& exchange, std::string_view body, bool text);
  void on_poll_aborted(const HttpExchange& exchange);

  // A WebSocket that wants to become the session's transport. False: there is no place for it.
  [[nodiscard]] bool may_upgrade() const;
  void take_candidate(net::WebSocketConnection& connection);

  // False when nothing was queued: the session is ending, its queue is full (which ends it at the
  // end of the turn), or a volatile packet would have had to wait.
  bool send(const Outgoing& packet, bool is_volatile);

  // What is sent next leaves a moment later, so that it does not come in one read with what was
  // sent until now.
  void hold_what_follows();

  // Ends the session for a fault of the peer: its sockets are told first.
  // `reason` for them, when it is not the one that goes with the error.
  void fail(Errc error, DisconnectReason reason = {});
  // Ends the session; what is queued still leaves.
  void close(DisconnectReason reason, websocket::CloseCode code = websocket::CloseCode::going_away);

  // What the shard does at the end of a turn, when it was asked to.
  void flush_poll();
  void end_slow_reader();

  // The client said what it wants (with Socket.IO, CONNECT was accepted): the time-out for that is
  // over.
  void on_connected();

  // Calls the application for this connection: what throws costs its own connection, and nobody
  // else's. False when it did.
  template <class F>
  bool call(F&& f) {
    if (contained(log(), f)) return true;
    close("forced close", websocket::CloseCode::internal_error);
    return false;
  }

 private:
  enum class State { open, closing, ended };

  void on_text(net::WebSocketConnection& connection, std::string_view text) override;
  void on_binary(net::WebSocketConnection& connection, std::string_view bytes) override;
  void on_alive(net::WebSocketConnection& connection) override;
  void on_drained(net::WebSocketConnection& connection) override;
  void on_violation(net::WebSocketConnection& connection, Errc error) override;
  void on_websocket_end(net::WebSocketConnection& connection) override;

  LogSink* log() const;
  void start();
  void open_late(std::string_view packet);
  void receive(engine::PacketView packet);
  void receive_on_candidate(engine::PacketView packet);
  void obey(const engine::Action& action);
  void adopt_candidate();
  void drop_candidate();
  void on_heartbeat_due();
  void alive(bool was_awaited);
  std::size_t queued_bytes() const;
  void send_own(const Frame& packet);
  void send_held();
  void answer_poll(std::span<const Frame> packets);
  void answer_with_noop();
  // Why the body of a POST was refused; no packet of it was received then.
  std::optional<Errc> receive_payload(std::string_view body, bool text);
  template <class Give>
  void deliver(Give give);
  void received_binary(std::string_view bytes);
  void leave_waiting();
  // The session is over; `reason` for its sockets when they do not know yet.
  void ended(DisconnectReason reason);

  Shard& shard_;
  std::string sid_;
  engine::Session session_;
  Handshake handshake_;
  State state_ = State::open;
  bool waits_for_connect_ = true;
  bool answered_ = false;    // a poll; the first answer carries the cookie
  bool base64_;              // polls of v3 get no binary answers
  bool slow_ = false;        // stands in the shard's list of slow readers
  bool holding_ = false;     // what a WebSocket is to get waits in the queue
  bool poll_dirty_ = false;  // stands in the shard's list of polls to answer
  net::WebSocketConnection* websocket_ = nullptr;
  net::WebSocketConnection* candidate_ = nullptr;
  std::optional<HttpExchange> poll_;
  PollQueue queue_;
  net::Deadline heartbeat_;  // in the list of intervals, or of time-outs while a pong is awaited
  net::Deadline connect_;    // for the CONNECT; later, for the last poll of a session that closes
  net::Deadline upgrade_;
  std::unique_ptr<MessageSink> sink_;
};

}  // namespace lectern::server
