#include "server/session.h"

#include <algorithm>
#include <utility>

#include "base/base64.h"
#include "engine/open_packet.h"
#include "engine/payload.h"
#include "engine/payload_v3.h"
#include "server/server_core.h"
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

// Some clients listen for the next packet when they have handled the one before, and miss what
// comes in the same read. Socket.IO for Node.js, too, sends the first events a little later.
constexpr std::chrono::milliseconds kListenDelay{5};
// By how much a late ping shortens the time that its pong has.
constexpr std::chrono::milliseconds kPingLateness{50};

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

Session::Session(Shard& shard, std::string_view sid, const engine::HandshakeQuery& query,
                 const Handshake& handshake)
    : shard_(shard),
      session_(query.transport, query.version),
      traffic_(shard.received_at()),
      sid_(sid),
      heartbeat_(this, [](void* self) { static_cast<Session*>(self)->on_heartbeat_due(); }),
      handshake_(handshake),
      sink_(shard.new_sink(*this)) {
  if (query.transport == Transport::polling)
    polling_ = std::make_unique<Polling>(*this, query.base64);
}

Session::Polling::Polling(Session& session, bool is_base64)
    : in_base64(is_base64),
      queue(session.shard_.counters().poll_bytes),
      upgrade(&session, [](void* self) { static_cast<Session*>(self)->drop_candidate(); }) {}

void Session::arm(net::DeadlineList& list) {
  if (!overdue_) {
    overdue_ = std::make_unique<net::Deadline>(
        this, [](void* self) { static_cast<Session*>(self)->on_overdue(); });
  }
  list.arm(*overdue_, shard_.loop().now());
}

void Session::on_overdue() {
  if (state_ == State::closing) return ended({});
  close("connect timeout");
}

void Session::start() {
  const auto now = shard_.loop().now();
  auto& deadlines = shard_.deadlines();
  (version() == Version::v4 ? deadlines.ping : deadlines.silence).arm(heartbeat_, now);
  arm(deadlines.connect);
}

void Session::open(const HttpExchange& exchange) {
  start();
  polling_->poll = exchange;
  const auto& options = shard_.options();
  const auto packet = Frame::of_packet(engine::open_packet(
      sid(), options.websocket, options.ping_interval, options.ping_timeout, options.max_payload));
  // A client of v3 reads its first CONNECT in the same answer.
  if (version() == Version::v3)
    polling_->queue.push(packet);
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
  auto packet = engine::open_packet(sid(), false, options.ping_interval, options.ping_timeout,
                                    options.max_payload);
  if (version() == Version::v4) {
    connection.send_text(packet);
    return sink_->on_open();
  }
  connection.flush_now();
  shard_.loop().run_after(kListenDelay, [&shard = shard_, sid = sid_, text = std::move(packet)] {
    if (auto* const session = shard.find_session(sid.view())) session->open_late(text);
  });
}

void Session::open_late(std::string_view packet) {
  if (state_ != State::open) return;
  websocket_->send_text(packet);
  sink_->on_open();
}

bool Session::hold_what_follows() {
  return websocket_ && state_ == State::open && !std::exchange(holding_, true);
}

void Session::send_held_soon() {
  if (!holding_) return;
  if (!polling_) return send_held();  // nothing came
  shard_.loop().run_after(kListenDelay, [&shard = shard_, sid = sid_] {
    if (auto* const session = shard.find_session(sid.view())) session->send_held();
  });
}

void Session::send_held() {
  if (!std::exchange(holding_, false) || !polling_) return;
  const auto held = std::exchange(polling_, nullptr)->queue.take();
  for (const Frame& packet : held) send_own(packet);
}

void Session::poll(const HttpExchange& exchange) {
  // Deadlines expire at the end of a turn; this request may be later than they.
  if (heartbeat_.armed() && heartbeat_.due() <= shard_.loop().now()) on_heartbeat_due();
  if (state_ == State::ended)
    return shard_.answer_error(exchange, engine::HandshakeError::session_unknown);
  traffic_.alive(shard_.received_at());
  if (transport() != Transport::polling)
    return shard_.answer_error(exchange, engine::HandshakeError::bad_request);
  if (polling_->poll) {
    // Two readers would share the packets between them.
    shard_.answer_error(exchange, engine::HandshakeError::bad_request);
    answer_poll({&close_packet(), 1});
    return ended("transport error");
  }
  polling_->poll = exchange;
  if (!polling_->queue.empty() || state_ == State::closing) {
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
  came(body.size());
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
  if (!polling_ || polling_->poll != exchange) return;
  polling_->poll.reset();
  ended("transport close");
}

bool Session::may_upgrade() const {
  return state_ == State::open && transport() == Transport::polling && !polling_->candidate;
}

void Session::take_candidate(net::WebSocketConnection& connection) {
  polling_->candidate = &connection;
  connection.attach(*this);
  shard_.deadlines().upgrade.arm(polling_->upgrade, shard_.loop().now());
}

bool Session::send(const Outgoing& packet, bool is_volatile) {
  if (state_ != State::open || slow_) return false;
  const std::size_t size = packet.wire_size();
  const bool waits =
      websocket_ ? websocket_->blocked() : !polling_->poll && !polling_->queue.empty();
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
    send_held();
    if (websocket_) websocket_->flush_now();
    if (polling_) flush_poll();
  }
  if (state_ != State::open) return false;
  if (too_much()) {
    slow_ = true;
    shard_.note_slow_reader(*this);
    return false;
  }
  shard_.counters().messages_out.add();
  traffic_.message_out();
  if (waits && !packet.key.empty() && !holding_) return send_latest(packet), true;
  send_own(packet.head);
  for (const Frame& attachment : packet.attachments) send_own(attachment);
  return true;
}

void Session::send_latest(const Outgoing& packet) {
  bool replaced = false;
  if (websocket_) {
    const Frame message = websocket_form(packet.head);
    leaves(message.wire().size());
    replaced = websocket_->send_latest_message(packet.key, message);
  } else {
    replaced = polling_->queue.replace(packet.key, packet.head);
  }
  if (replaced) shard_.counters().conflated.add();
}

Traffic Session::traffic() const { return traffic_.at(shard_.received_at()); }

void Session::came(std::size_t bytes) {
  shard_.counters().bytes_in.add(bytes);
  traffic_.alive(shard_.received_at());
  traffic_.bytes_in(bytes);
}

void Session::leaves(std::size_t bytes) {
  shard_.counters().bytes_out.add(bytes);
  traffic_.bytes_out(bytes);
}

std::size_t Session::queued_bytes() const {
  const auto waiting = polling_ ? polling_->queue.bytes() : 0;
  return waiting + (websocket_ ? websocket_->unsent() : 0);
}

Frame Session::websocket_form(const Frame& packet) const {
  if (version() == Version::v4 || !packet.is_binary()) return packet;
  std::string message;
  engine::append_websocket_binary_v3(message, packet.payload());
  auto frame = Frame::of_binary(message);
  if (packet.plain()) frame.send_plain();
  return frame;
}

void Session::send_own(const Frame& packet) {
  if (websocket_ && !holding_) {
    leaves(packet.wire().size());
    return websocket_->send_message(websocket_form(packet));
  }
  if (!polling_) polling_ = std::make_unique<Polling>(*this, false);  // it is held
  polling_->queue.push(packet);
  if (polling_->poll && !std::exchange(polling_->dirty, true)) shard_.note_poll_to_answer(*this);
}

void Session::flush_poll() {
  if (!polling_) return;
  polling_->dirty = false;
  if (!polling_->poll) return;
  if (!polling_->queue.empty()) return answer_poll(polling_->queue.take());
  if (state_ != State::closing) return;
  answer_poll({&close_packet(), 1});
  ended({});
}

void Session::answer_poll(std::span<const Frame> packets) {
  if (!has_poll()) return;
  auto response = poll_response(packets, version(), polling_->in_base64);
  const auto threshold = shard_.options().http_compression_threshold;
  const bool all_plain = std::all_of(packets.begin(), packets.end(),
                                     [](const Frame& packet) { return packet.plain(); });
  if (threshold > 0 && response.body.size() >= threshold && !all_plain)
    compress(response, polling_->poll->coding);
  const auto& cookie = shard_.options().cookie;
  if (!std::exchange(polling_->answered, true) && !cookie.empty())
    response.headers.emplace_back("Set-Cookie", session_cookie(cookie, sid()));
  leaves(response.body.size());
  shard_.answer(*std::exchange(polling_->poll, std::nullopt), std::move(response));
}

void Session::answer_with_noop() { answer_poll({&noop_packet(), 1}); }

void Session::on_text(net::WebSocketConnection& connection, std::string_view text) {
  came(text.size());
  const auto packet = engine::decode_packet(text);
  if (is_candidate(connection)) {
    if (!packet) return drop_candidate();
    return receive_on_candidate(*packet);
  }
  if (!packet) return fail(errc_of(packet.error()));
  receive(*packet);
}

void Session::on_binary(net::WebSocketConnection& connection, std::string_view bytes) {
  came(bytes.size());
  if (is_candidate(connection)) return drop_candidate();
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
  traffic_.message_in();
  call([&] { give(*sink_); });
}

LogSink* Session::log() const { return shard_.options().log; }

void Session::on_alive(net::WebSocketConnection& connection) {
  traffic_.alive(shard_.received_at());
  if (is_candidate(connection)) return;
  const bool awaited = session_.awaiting_pong();
  session_.on_sign_of_life();
  alive(awaited);
}

void Session::on_drained(net::WebSocketConnection& connection) {
  if (&connection == websocket_ && state_ == State::open) sink_->on_drained();
}

void Session::on_violation(net::WebSocketConnection& connection, Errc error) {
  if (is_candidate(connection)) return drop_candidate();
  fail(error);
}

void Session::on_websocket_end(net::WebSocketConnection& connection) {
  if (is_candidate(connection)) {
    polling_->candidate = nullptr;
    polling_->upgrade.disarm();
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
      polling_->candidate->send_message(probe_answer());
      if (polling_->queue.empty()) answer_with_noop();
      return;
    case Action::Kind::upgrade: return adopt_candidate();
    case Action::Kind::drop_candidate: return drop_candidate();
  }
}

void Session::adopt_candidate() {
  answer_with_noop();
  websocket_ = polling_->candidate;
  shard_.counters().websocket_sessions.add();
  const auto unsent = std::exchange(polling_, nullptr)->queue.take();
  for (const Frame& packet : unsent) send_own(packet);
  if (state_ == State::closing) ended({});
}

void Session::drop_candidate() {
  if (!polling_) return;
  polling_->upgrade.disarm();
  session_.on_candidate_gone();
  if (net::WebSocketConnection* const candidate = std::exchange(polling_->candidate, nullptr)) {
    candidate->detach();
    candidate->close(CloseCode::policy_violation);
  }
}

void Session::on_heartbeat_due() {
  if (version() == Version::v3) return fail(Errc::ping_timeout);
  const bool awaited = session_.awaiting_pong();
  const Action action = awaited ? session_.on_pong_due() : session_.on_ping_due();
  // From when the ping was due, so that a late ping does not put off the end; the peer of a shard
  // that stood still is not to pay for it.
  if (!awaited)
    shard_.deadlines().pong.arm(heartbeat_,
                                std::max(heartbeat_.due(), shard_.loop().now() - kPingLateness));
  obey(action);
}

void Session::alive(bool was_awaited) {
  if (version() == Version::v3)
    shard_.deadlines().silence.arm(heartbeat_, shard_.loop().now());
  else if (was_awaited)
    shard_.deadlines().ping.arm(heartbeat_, shard_.loop().now());
}

void Session::on_connected() {
  overdue_.reset();
  leave_waiting();
}

void Session::leave_waiting() {
  if (!std::exchange(waits_for_connect_, false)) return;
  const auto said = handshake();
  shard_.waiting().leave(
      shard_.core().account_of(std::string(said.address), std::string(said.forwarded_for)));
}

void Session::fail(Errc error, DisconnectReason reason) {
  if (state_ != State::open) return;
  if (reason.empty()) reason = reason_of(error);
  shard_.note_failure(error);
  slow_ = false;
  const auto waiting = [this] { return polling_ ? polling_->queue.bytes() : 0; };
  const auto queued = waiting();
  sink_->announce_closing(error);
  // A client that does not poll now learns of the end by its next request, unless there is
  // something to be read before.
  const bool farewell = websocket_ || has_poll() || waiting() > queued;
  if (!farewell) return ended(reason);
  close(reason, net::close_code_of(error));
}

void Session::end_slow_reader() {
  if (state_ != State::open) return;
  const auto queued = queued_bytes();
  if (websocket_) websocket_->drop_unsent();
  if (polling_) polling_->queue.take();
  shard_.counters().slow_reader_bytes.add(queued - queued_bytes());
  fail(Errc::slow_reader);
}

void Session::pause_reading() {
  if (websocket_) websocket_->pause_reading();
}

void Session::resume_reading() {
  if (websocket_) websocket_->resume_reading();
}

void Session::close(DisconnectReason reason, CloseCode code) {
  if (state_ != State::open) return;
  state_ = State::closing;
  heartbeat_.disarm();
  overdue_.reset();
  // A client that is changing over reads its last words on the WebSocket, if it polls no more.
  if (!session_.upgrading()) drop_candidate();
  sink_->end(reason);
  if (websocket_) {
    send_held();
    websocket_->detach();
    websocket_->close(code);
    return ended({});
  }
  // The close gets an answer of its own: a stock client that reads it drops the messages that came
  // before it in the same answer. Nobody waits for the polls for ever.
  arm(shard_.deadlines().last_poll);
  flush_poll();
}

void Session::ended(DisconnectReason reason) {
  if (state_ == State::ended) return;
  const bool closing = state_ == State::closing;
  state_ = State::ended;
  heartbeat_.disarm();
  overdue_.reset();
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
