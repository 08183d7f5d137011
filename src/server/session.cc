#include "server/session.h"

#include <algorithm>
#include <utility>

#include "base/base64.h"
#include "engine/open_packet.h"
#include "engine/payload.h"
#include "engine/payload_v3.h"
#include "server/session_id.h"
#include "server/shard.h"

namespace lectern::server {

using engine::Action;
using engine::Transport;
using engine::Version;
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

const Frame& noop_packet() {
  static const Frame packet = Frame::of_packet("6");
  return packet;
}

constexpr std::chrono::milliseconds kOpenDelayV3{5};

// As Socket.IO for Node.js says them to its users.
DisconnectReason reason_of(Errc error) {
  switch (error) {
    case Errc::ping_timeout: return "ping timeout";
    case Errc::slow_reader: return "slow reader";
    case Errc::payload_too_large: return "transport error";
    default: return "parse error";
  }
}

}  // namespace

Session::Session(Shard& shard, std::string sid, const engine::HandshakeQuery& query,
                 Handshake handshake)
    : shard_(shard),
      sid_(std::move(sid)),
      session_(query.transport, query.version),
      handshake_(std::move(handshake)),
      base64_(query.base64),
      heartbeat_(this, [](void* self) { static_cast<Session*>(self)->on_heartbeat_due(); }),
      connect_(this,
               [](void* self) {
                 auto& session = *static_cast<Session*>(self);
                 if (session.state_ == State::closing) return session.ended({});
                 session.close("connect timeout");
               }),
      upgrade_(this, [](void* self) { static_cast<Session*>(self)->drop_candidate(); }),
      sink_(shard.new_sink(*this)) {}

void Session::start() {
  const auto now = shard_.loop().now();
  auto& deadlines = shard_.deadlines();
  (version() == Version::v4 ? deadlines.ping : deadlines.silence).arm(heartbeat_, now);
  deadlines.connect.arm(connect_, now);
}

void Session::open(const HttpExchange& exchange) {
  start();
  poll_ = exchange;
  const auto& options = shard_.options();
  const auto packet = Frame::of_packet(engine::open_packet(
      sid_, options.websocket, options.ping_interval, options.ping_timeout, options.max_payload));
  // A client of v3 reads its first CONNECT in the same answer.
  if (version() == Version::v3)
    queue_.push(packet);
  else
    answer_poll({&packet, 1});
  sink_->on_open();
  flush_poll();
}

void Session::open(net::WebSocketConnection& connection) {
  start();
  websocket_ = &connection;
  websocket_->attach(*this);
  shard_.counters().websocket_sessions.add();
  const auto& options = shard_.options();
  auto packet = engine::open_packet(sid_, false, options.ping_interval, options.ping_timeout,
                                    options.max_payload);
  if (version() == Version::v4) {
    connection.send_text(packet);
    return sink_->on_open();
  }
  // Clients of that age may not listen yet when the handshake's answer brings more than itself.
  connection.flush_now();
  shard_.loop().run_after(kOpenDelayV3, [&shard = shard_, sid = sid_, text = std::move(packet)] {
    if (auto* const session = shard.find_session(sid)) session->open_late(text);
  });
}

void Session::open_late(std::string_view packet) {
  if (state_ != State::open) return;
  websocket_->send_text(packet);
  sink_->on_open();
}

void Session::poll(const HttpExchange& exchange) {
  if (transport() != Transport::polling || state_ == State::ended)
    return shard_.answer_error(exchange, engine::HandshakeError::bad_request);
  if (poll_) {
    // Two readers would share the packets between them.
    shard_.answer_error(exchange, engine::HandshakeError::bad_request);
    answer_poll({&close_packet(), 1});
    return ended("transport error");
  }
  poll_ = exchange;
  if (!queue_.empty() || state_ == State::closing) {
    flush_poll();
    if (state_ == State::open) sink_->on_drained();
    return;
  }
  // The client waits for this answer before it sends the upgrade packet.
  if (session_.upgrading()) answer_with_noop();
}

void Session::post(const HttpExchange& exchange, std::string_view body, bool text) {
  if (transport() != Transport::polling || state_ != State::open)
    return shard_.answer_error(exchange, engine::HandshakeError::bad_request);
  shard_.counters().bytes_in.add(body.size());
  if (auto error = receive_payload(body, text)) {
    shard_.answer_error(exchange, engine::HandshakeError::bad_request);
    return fail(*error);
  }
  HttpResponse response;
  response.headers = {{"Content-Type", "text/html"}, {"Cache-Control", "no-store"}};
  response.body = "ok";
  shard_.answer(exchange, std::move(response));
}

std::optional<Errc> Session::receive_payload(std::string_view body, bool text) {
  const auto max = shard_.options().max_payload;
  if (version() == Version::v3) {
    const auto form = text ? engine::PayloadForm::text : engine::PayloadForm::binary;
    const auto packets = engine::decode_payload_v3(form, body, max);
    if (!packets) return errc_of(packets.error());
    for (const auto& packet : *packets) {
      if (state_ != State::open) break;
      if (packet.form == engine::DataForm::bytes) {
        received_binary(packet.data);
      } else {
        const bool base64 = packet.form == engine::DataForm::base64;
        receive({base64 ? engine::packet_type::kBinary : packet.type, packet.data});
      }
    }
    return std::nullopt;
  }
  if (!text) return Errc::unsupported;
  const auto packets = engine::decode_payload(body, max);
  if (!packets) return errc_of(packets.error());
  for (const auto& packet : *packets) {
    if (state_ != State::open) break;
    receive(packet);
  }
  return std::nullopt;
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

bool Session::send(const Outgoing& packet, bool is_volatile) {
  if (state_ != State::open || slow_) return false;
  const std::size_t size = packet.wire_size();
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
  send_own(packet.head);
  for (const Frame& attachment : packet.attachments) send_own(attachment);
  return true;
}

std::size_t Session::queued_bytes() const {
  return websocket_ ? websocket_->unsent() : queue_.bytes();
}

void Session::send_own(const Frame& packet) {
  if (websocket_) {
    shard_.counters().bytes_out.add(packet.wire().size());
    if (version() == Version::v3 && packet.is_binary()) {
      std::string message;
      engine::append_websocket_binary_v3(message, packet.payload());
      auto frame = Frame::of_binary(message);
      if (packet.plain()) frame.send_plain();
      return websocket_->send_message(frame);
    }
    return websocket_->send_message(packet);
  }
  queue_.push(packet);
  if (poll_ && !std::exchange(poll_dirty_, true)) shard_.note_poll_to_answer(*this);
}

void Session::flush_poll() {
  poll_dirty_ = false;
  if (!poll_) return;
  if (!queue_.empty()) return answer_poll(queue_.take());
  if (state_ != State::closing) return;
  answer_poll({&close_packet(), 1});
  ended({});
}

void Session::answer_poll(std::span<const Frame> packets) {
  if (!poll_) return;
  auto response = poll_response(packets, version(), base64_);
  const auto threshold = shard_.options().http_compression_threshold;
  const bool all_plain = std::all_of(packets.begin(), packets.end(),
                                     [](const Frame& packet) { return packet.plain(); });
  if (threshold > 0 && response.body.size() >= threshold && !all_plain)
    compress(response, poll_->coding);
  const auto& cookie = shard_.options().cookie;
  if (!std::exchange(answered_, true) && !cookie.empty())
    response.headers.emplace_back("Set-Cookie", session_cookie(cookie, sid_));
  shard_.counters().bytes_out.add(response.body.size());
  shard_.answer(*std::exchange(poll_, std::nullopt), std::move(response));
}

void Session::answer_with_noop() { answer_poll({&noop_packet(), 1}); }

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

void Session::on_binary(net::WebSocketConnection& connection, std::string_view bytes) {
  shard_.counters().bytes_in.add(bytes.size());
  if (&connection == candidate_) return drop_candidate();
  if (version() == Version::v3) {
    const auto message = engine::decode_websocket_binary_v3(bytes);
    if (!message) return fail(errc_of(message.error()));
    bytes = *message;
  }
  received_binary(bytes);
}

void Session::received_binary(std::string_view bytes) {
  const bool awaited = session_.awaiting_pong();
  session_.on_sign_of_life();
  alive(awaited);
  deliver([bytes](MessageSink& sink) { sink.on_binary(bytes); });
}

template <class Give>
void Session::deliver(Give give) {
  shard_.counters().messages_in.add();
  call([&] { give(*sink_); });
}

LogSink* Session::log() const { return shard_.options().log; }

void Session::on_alive(net::WebSocketConnection& connection) {
  if (&connection == candidate_) return;
  const bool awaited = session_.awaiting_pong();
  session_.on_sign_of_life();
  alive(awaited);
}

void Session::on_drained(net::WebSocketConnection& connection) {
  if (&connection == websocket_ && state_ == State::open) sink_->on_drained();
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
      return deliver([&action](MessageSink& sink) { sink.on_text(action.message); });
    case Action::Kind::deliver_base64: {
      const auto bytes = base64_decode(action.message);
      if (!bytes) return fail(Errc::malformed_packet);
      return received_binary(*bytes);
    }
    case Action::Kind::close: return ended("transport close");
    case Action::Kind::fail: return fail(action.error);
    case Action::Kind::ping: return send_own(ping_packet());
    case Action::Kind::pong: return send_own(Frame::of_packet('3' + std::string(action.message)));
    case Action::Kind::probe_pong:
      candidate_->send_message(probe_answer());
      if (queue_.empty()) answer_with_noop();
      return;
    case Action::Kind::upgrade: return adopt_candidate();
    case Action::Kind::drop_candidate: return drop_candidate();
  }
}

void Session::adopt_candidate() {
  upgrade_.disarm();
  answer_with_noop();
  websocket_ = std::exchange(candidate_, nullptr);
  shard_.counters().websocket_sessions.add();
  for (const Frame& packet : queue_.take()) send_own(packet);
  if (state_ == State::closing) ended({});
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
  if (version() == Version::v3) return fail(Errc::ping_timeout);
  const bool awaited = session_.awaiting_pong();
  const Action action = awaited ? session_.on_pong_due() : session_.on_ping_due();
  if (!awaited) shard_.deadlines().pong.arm(heartbeat_, shard_.loop().now());
  obey(action);
}

void Session::alive(bool was_awaited) {
  if (version() == Version::v3)
    shard_.deadlines().silence.arm(heartbeat_, shard_.loop().now());
  else if (was_awaited)
    shard_.deadlines().ping.arm(heartbeat_, shard_.loop().now());
}

void Session::on_connected() {
  connect_.disarm();
  leave_waiting();
}

void Session::leave_waiting() {
  if (std::exchange(waits_for_connect_, false)) shard_.waiting().leave(handshake_.address);
}

void Session::fail(Errc error, DisconnectReason reason) {
  if (state_ != State::open) return;
  if (reason.empty()) reason = reason_of(error);
  shard_.note_failure(error);
  slow_ = false;
  const auto queued = queue_.bytes();
  sink_->announce_closing(error);
  // A client that does not poll now learns of the end by its next request, unless there is
  // something to be read before.
  const bool farewell = websocket_ || poll_ || queue_.bytes() > queued;
  if (!farewell) return ended(reason);
  close(reason, net::close_code_of(error));
}

void Session::end_slow_reader() {
  if (state_ != State::open) return;
  if (websocket_) websocket_->drop_unsent();
  queue_.take();
  fail(Errc::slow_reader);
}

void Session::close(DisconnectReason reason, CloseCode code) {
  if (state_ != State::open) return;
  state_ = State::closing;
  heartbeat_.disarm();
  connect_.disarm();
  // A client that is changing over reads its last words on the WebSocket, if it polls no more.
  if (!session_.upgrading()) drop_candidate();
  sink_->end(reason);
  if (websocket_) {
    websocket_->detach();
    websocket_->close(code);
    return ended({});
  }
  // The close gets an answer of its own: a stock client that reads it drops the messages that came
  // before it in the same answer. Nobody waits for the polls for ever.
  shard_.deadlines().last_poll.arm(connect_, shard_.loop().now());
  flush_poll();
}

void Session::ended(DisconnectReason reason) {
  if (state_ == State::ended) return;
  const bool closing = state_ == State::closing;
  state_ = State::ended;
  heartbeat_.disarm();
  connect_.disarm();
  drop_candidate();
  if (!closing) sink_->end(reason);
  if (websocket_) {
    shard_.counters().websocket_sessions.subtract();
    websocket_->detach();
    websocket_->close(CloseCode::normal);
    websocket_ = nullptr;
  }
  answer_with_noop();
  leave_waiting();
  shard_.retire(*this);
}

}  // namespace lectern::server
