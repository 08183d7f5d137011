#include "server/session.h"

#include <utility>

#include "engine/open_packet.h"
#include "engine/payload.h"
#include "server/shard.h"

namespace lectern::server {

using engine::Action;
using engine::Transport;
using websocket::CloseCode;

namespace {

const Frame& ping_packet() {
  static const Frame packet = Frame::of_packet("2");
  return packet;
}
const Frame& close_packet() {
  static const Frame packet = Frame::of_packet("1");
  return packet;
}
const Frame& probe_answer() {
  static const Frame packet = Frame::of_packet("3probe");
  return packet;
}

constexpr std::string_view kNoop = "6";

// As Socket.IO for Node.js says them to its users.
DisconnectReason reason_of(Errc error) {
  switch (error) {
    case Errc::ping_timeout: return "ping timeout";
    case Errc::slow_reader: return "slow reader";
    case Errc::payload_too_large: return "transport error";
    default: return "parse error";
  }
}

HttpResponse poll_response(std::string body) {
  HttpResponse response;
  response.headers = {{"Content-Type", "text/plain; charset=UTF-8"}, {"Cache-Control", "no-store"}};
  response.body = std::move(body);
  return response;
}

}  // namespace

Session::Session(Shard& shard, std::string sid, Transport transport, Handshake handshake)
    : shard_(shard),
      sid_(std::move(sid)),
      session_(transport),
      handshake_(std::move(handshake)),
      heartbeat_(this, [](void* self) { static_cast<Session*>(self)->on_heartbeat_due(); }),
      connect_(this,
               [](void* self) {
                 auto& session = *static_cast<Session*>(self);
                 if (session.state_ == State::closing) return session.ended({});
                 session.close("connect timeout");
               }),
      upgrade_(this, [](void* self) { static_cast<Session*>(self)->drop_candidate(); }),
      client_(*this, shard) {}

void Session::start() {
  const auto now = shard_.loop().now();
  shard_.deadlines().ping.arm(heartbeat_, now);
  shard_.deadlines().connect.arm(connect_, now);
}

void Session::open(const HttpExchange& exchange) {
  start();
  const auto& options = shard_.options();
  shard_.answer(exchange,
                poll_response(engine::open_packet(sid_, options.websocket, options.ping_interval,
                                                  options.ping_timeout, options.max_payload)));
}

void Session::open(net::WebSocketConnection& connection) {
  start();
  websocket_ = &connection;
  websocket_->attach(*this);
  shard_.counters().websocket_sessions.add();
  const auto& options = shard_.options();
  connection.send_text(engine::open_packet(sid_, false, options.ping_interval, options.ping_timeout,
                                           options.max_payload));
}

void Session::poll(const HttpExchange& exchange) {
  if (transport() != Transport::polling || state_ == State::ended)
    return shard_.answer_error(exchange, engine::HandshakeError::bad_request);
  if (poll_) {
    // Two readers would share the packets between them.
    shard_.answer_error(exchange, engine::HandshakeError::bad_request);
    answer_poll("1");
    return ended("transport error");
  }
  poll_ = exchange;
  if (!queue_.empty()) return flush_poll();
  // The client waits for this answer before it sends the upgrade packet.
  if (session_.upgrading()) answer_poll(std::string(kNoop));
}

void Session::post(const HttpExchange& exchange, std::string_view body, bool text) {
  if (transport() != Transport::polling || state_ != State::open)
    return shard_.answer_error(exchange, engine::HandshakeError::bad_request);
  shard_.counters().bytes_in.add(body.size());
  const auto packets = engine::decode_payload(body, shard_.options().max_payload);
  if (!text || !packets) {
    shard_.answer_error(exchange, engine::HandshakeError::bad_request);
    return fail(text ? errc_of(packets.error()) : Errc::unsupported);
  }
  for (const auto& packet : *packets) {
    if (state_ != State::open) break;
    receive(packet);
  }
  HttpResponse response;
  response.headers = {{"Content-Type", "text/html"}, {"Cache-Control", "no-store"}};
  response.body = "ok";
  shard_.answer(exchange, std::move(response));
}

void Session::on_poll_aborted(const HttpExchange& exchange) {
  if (poll_ != exchange) return;
  poll_.reset();
  ended("transport close");
}

bool Session::may_upgrade() const {
  return state_ == State::open && transport() == Transport::polling && !candidate_;
}

void Session::take_candidate(net::WebSocketConnection& connection) {
  candidate_ = &connection;
  candidate_->attach(*this);
  shard_.deadlines().upgrade.arm(upgrade_, shard_.loop().now());
}

bool Session::send(const Frame& frame, bool is_volatile) {
  if (state_ != State::open || slow_) return false;
  const std::size_t size = frame.wire().size();
  const bool waits = websocket_ ? websocket_->blocked() : !poll_ && !queue_.empty();
  if (is_volatile && waits) {
    shard_.counters().volatile_dropped.add();
    return false;
  }
  // One packet may be larger than the limit; a second one behind it may not wait.
  const auto too_much = [&] {
    return queued_bytes() > 0 && queued_bytes() + size > shard_.options().send_queue_bytes;
  };
  if (too_much() && !waits) {
    // All of it came in this turn: that alone makes no slow reader.
    if (websocket_) websocket_->flush_now();
    if (poll_) flush_poll();
  }
  if (state_ != State::open) return false;
  if (too_much()) {
    slow_ = true;
    shard_.note_slow_reader(*this);
    return false;
  }
  shard_.counters().messages_out.add();
  send_own(frame);
  return true;
}

std::size_t Session::queued_bytes() const {
  return websocket_ ? websocket_->unsent() : queue_bytes_;
}

void Session::send_own(const Frame& packet) {
  if (websocket_) {
    shard_.counters().bytes_out.add(packet.wire().size());
    return websocket_->send(packet);
  }
  queue_.push_back(packet);
  queue_bytes_ += packet.wire().size();
  if (poll_ && !std::exchange(poll_dirty_, true)) shard_.note_poll_to_answer(*this);
}

void Session::flush_poll() {
  poll_dirty_ = false;
  if (!poll_ || queue_.empty()) return;
  std::string body;
  body.reserve(queue_bytes_);
  for (const Frame& packet : queue_) engine::append_to_payload(body, packet.text());
  queue_ = {};
  queue_bytes_ = 0;
  answer_poll(std::move(body));
  if (state_ == State::closing) ended({});
}

void Session::answer_poll(std::string body) {
  if (!poll_) return;
  shard_.counters().bytes_out.add(body.size());
  shard_.answer(*std::exchange(poll_, std::nullopt), poll_response(std::move(body)));
}

void Session::on_text(net::WebSocketConnection& connection, std::string_view text) {
  shard_.counters().bytes_in.add(text.size());
  const auto packet = engine::decode_packet(text);
  if (&connection == candidate_) {
    if (!packet) return drop_candidate();
    return receive_on_candidate(*packet);
  }
  if (!packet) return fail(errc_of(packet.error()));
  receive(*packet);
}

void Session::on_binary(net::WebSocketConnection& connection, std::string_view) {
  if (&connection == candidate_) return drop_candidate();
  fail(Errc::unsupported);
}

void Session::on_alive(net::WebSocketConnection& connection) {
  if (&connection == candidate_) return;
  const bool awaited = session_.awaiting_pong();
  session_.on_sign_of_life();
  alive(awaited);
}

void Session::on_violation(net::WebSocketConnection& connection, Errc error) {
  if (&connection == candidate_) return drop_candidate();
  fail(error);
}

void Session::on_websocket_end(net::WebSocketConnection& connection) {
  if (&connection == candidate_) {
    candidate_ = nullptr;
    upgrade_.disarm();
    return session_.on_candidate_gone();
  }
  ended("transport close");
}

void Session::receive(engine::PacketView packet) {
  const bool awaited = session_.awaiting_pong();
  const Action action = session_.on_packet(packet);
  alive(awaited);
  obey(action);
}

void Session::receive_on_candidate(engine::PacketView packet) {
  obey(session_.on_candidate_packet(packet));
}

void Session::obey(const Action& action) {
  switch (action.kind) {
    case Action::Kind::nothing: return;
    case Action::Kind::deliver:
      shard_.counters().messages_in.add();
      return client_.on_message(action.message);
    case Action::Kind::close: return ended("transport close");
    case Action::Kind::fail: return fail(action.error);
    case Action::Kind::ping: return send_own(ping_packet());
    case Action::Kind::probe_pong:
      candidate_->send(probe_answer());
      if (queue_.empty()) answer_poll(std::string(kNoop));
      return;
    case Action::Kind::upgrade: return adopt_candidate();
    case Action::Kind::drop_candidate: return drop_candidate();
  }
}

void Session::adopt_candidate() {
  upgrade_.disarm();
  answer_poll(std::string(kNoop));
  websocket_ = std::exchange(candidate_, nullptr);
  shard_.counters().websocket_sessions.add();
  queue_bytes_ = 0;
  for (const Frame& packet : std::exchange(queue_, {})) send_own(packet);
}

void Session::drop_candidate() {
  upgrade_.disarm();
  session_.on_candidate_gone();
  if (net::WebSocketConnection* const candidate = std::exchange(candidate_, nullptr)) {
    candidate->detach();
    candidate->close(CloseCode::policy_violation);
  }
}

void Session::on_heartbeat_due() {
  const bool awaited = session_.awaiting_pong();
  const Action action = awaited ? session_.on_pong_due() : session_.on_ping_due();
  if (!awaited) shard_.deadlines().pong.arm(heartbeat_, shard_.loop().now());
  obey(action);
}

void Session::alive(bool was_awaited) {
  if (was_awaited) shard_.deadlines().ping.arm(heartbeat_, shard_.loop().now());
}

void Session::on_connected() {
  connect_.disarm();
  leave_waiting();
}

void Session::leave_waiting() {
  if (std::exchange(waits_for_connect_, false)) shard_.waiting().leave(handshake_.address);
}

void Session::fail(Errc error) {
  if (state_ != State::open) return;
  shard_.note_failure(error);
  slow_ = false;
  client_.announce_closing(error);
  close(reason_of(error), net::close_code_of(error));
}

void Session::end_slow_reader() {
  if (state_ != State::open) return;
  if (websocket_) websocket_->drop_unsent();
  queue_ = {};
  queue_bytes_ = 0;
  fail(Errc::slow_reader);
}

void Session::close(DisconnectReason reason, CloseCode code) {
  if (state_ != State::open) return;
  state_ = State::closing;
  heartbeat_.disarm();
  connect_.disarm();
  drop_candidate();
  client_.end(reason);
  if (websocket_) {
    websocket_->detach();
    websocket_->close(code);
    return ended({});
  }
  // The next poll carries the farewell; nobody waits for it for ever.
  send_own(close_packet());
  if (poll_) return flush_poll();
  shard_.deadlines().last_poll.arm(connect_, shard_.loop().now());
}

void Session::ended(DisconnectReason reason) {
  if (state_ == State::ended) return;
  const bool closing = state_ == State::closing;
  state_ = State::ended;
  heartbeat_.disarm();
  connect_.disarm();
  drop_candidate();
  if (!closing) client_.end(reason);
  if (websocket_) {
    shard_.counters().websocket_sessions.subtract();
    websocket_->detach();
    websocket_->close(CloseCode::normal);
    websocket_ = nullptr;
  }
  answer_poll(std::string(kNoop));
  leave_waiting();
  shard_.retire(*this);
}

}  // namespace lectern::server
