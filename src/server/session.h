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
#include "server/handshake_block.h"
#include "server/http_exchange.h"
#include "server/message_sink.h"
#include "server/outgoing.h"
#include "server/poll_queue.h"
#include "server/session_id.h"
#include "server/traffic_record.h"

namespace lectern::server {

class Shard;

// One Engine.IO session with its transport: parked polls or a WebSocket, the heartbeat, the queue
// of what waits for the next poll. What its messages mean is its MessageSink's affair.
//
// Owned by its shard until the end of the turn in which it ended; every call on that shard.
class Session final : public net::WebSocketListener {
 public:
  Session(Shard& shard, std::string_view sid, const engine::HandshakeQuery& query,
          const Handshake& handshake);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  Shard& shard() const { return shard_; }
  std::string_view sid() const { return sid_.view(); }
  Handshake handshake() const { return handshake_.view(); }
  engine::Transport transport() const { return session_.transport(); }
  engine::Version version() const { return session_.version(); }
  Traffic traffic() const;

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
  // Has the processor fetch what send() will read beyond the session itself.
  void expect_send() const { __builtin_prefetch(websocket_); }

  // What is sent between these two leaves a moment later, so that it does not come in one read with
  // what was sent before. False: a WebSocket is not the transport, or it is so already.
  [[nodiscard]] bool hold_what_follows();
  void send_held_soon();

  // Ends the session for a fault of the peer: its sockets are told first.
  // `reason` for them, when it is not the one that goes with the error.
  void fail(Errc error, DisconnectReason reason = {});
  // Ends the session; what is queued still leaves.
  void close(DisconnectReason reason, websocket::CloseCode code = websocket::CloseCode::going_away);

  // As Socket has them.
  void pause_reading();
  void resume_reading();

  // What the shard does at the end of a turn, when it was asked to.
  void flush_poll();
  void end_slow_reader();

  // The client said what it wants (with Socket.IO, CONNECT was accepted): the time-out for that is
  // over.
  void on_connected();
  // Nobody asks for more of the handshake than the address.
  void forget_handshake() { handshake_.keep_address(); }

  // Calls the application for this connection: what throws costs its own connection, and nobody
  // else's. False when it did.
  template <class F>
  bool call(F&& f) {
    if (contained(log(), f)) return true;
    close("forced close", websocket::CloseCode::internal_error);
    return false;
  }

 private:
  enum class State : std::uint8_t { open, closing, ended };

  // What a session has while it polls, and while what its WebSocket is to get is held.
  struct Polling {
    Polling(Session& session, bool is_base64);

    const bool in_base64;   // polls of v3 get no binary answers
    bool answered = false;  // the first answer carries the cookie
    bool dirty = false;     // stands in the shard's list of polls to answer
    std::optional<HttpExchange> poll;
    PollQueue queue;
    net::WebSocketConnection* candidate = nullptr;
    net::Deadline upgrade;
  };

  void on_text(net::WebSocketConnection& connection, std::string_view text) override;
  void on_binary(net::WebSocketConnection& connection, std::string_view bytes) override;
  void on_alive(net::WebSocketConnection& connection) override;
  void on_drained(net::WebSocketConnection& connection) override;
  void on_violation(net::WebSocketConnection& connection, Errc error) override;
  void on_websocket_end(net::WebSocketConnection& connection) override;

  LogSink* log() const;
  void start();
  void arm(net::DeadlineList& list);
  void on_overdue();
  void open_late(std::string_view packet);
  void receive(engine::PacketView packet);
  void receive_on_candidate(engine::PacketView packet);
  void obey(const engine::Action& action);
  void adopt_candidate();
  void drop_candidate();
  void on_heartbeat_due();
  void alive(bool was_awaited);
  bool is_candidate(const net::WebSocketConnection& connection) const {
    return polling_ && polling_->candidate == &connection;
  }
  bool has_poll() const { return polling_ && polling_->poll; }
  std::size_t queued_bytes() const;
  void came(std::size_t bytes);  // from the peer
  void leaves(std::size_t bytes);
  Frame websocket_form(const Frame& packet) const;
  void send_latest(const Outgoing& packet);
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
  net::WebSocketConnection* websocket_ = nullptr;
  State state_ = State::open;
  bool slow_ = false;  // stands in the shard's list of slow readers
  bool waits_for_connect_ = true;
  bool holding_ = false;
  engine::Session session_;
  TrafficRecord traffic_;  // beside what every message touches
  ShortId sid_;
  std::unique_ptr<Polling> polling_;  // mostly null once a WebSocket is the transport
  net::Deadline heartbeat_;  // in the list of intervals, or of time-outs while a pong is awaited
  std::unique_ptr<net::Deadline> overdue_;  // the CONNECT; later, the last poll of one that closes
  HandshakeBlock handshake_;
  std::unique_ptr<MessageSink> sink_;
};

}  // namespace lectern::server
