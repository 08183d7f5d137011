#include "client/engine.h"

#include <algorithm>
#include <utility>

#include "engine/payload.h"

namespace lectern::client {

using engine::Transport;
using Kind = Action::Kind;

namespace {

// More than this is not handed to a WebSocket at a time: what waits here can still be counted,
// and is sent over polling no more once it is there.
constexpr std::size_t kMostUnsent = std::size_t{256} * 1024;

Transport first_transport(const ClientOptions& options) {
  return options.transports.front() == "websocket" ? Transport::websocket : Transport::polling;
}

bool may_upgrade(const ClientOptions& options) {
  return options.upgrade && std::find(options.transports.begin(), options.transports.end(),
                                      "websocket") != options.transports.end();
}

}  // namespace

Engine::Engine(net::Loop& loop, dial::Dialer& dialer, Endpoint& endpoint,
               const ClientOptions& options, EngineListener& listener)
    : loop_(loop),
      listener_(listener),
      session_(first_transport(options), may_upgrade(options), SteadyClock::now()),
      polling_(loop, dialer, endpoint, options.receive_limit_bytes, *this),
      websocket_(loop, dialer, endpoint, options, *this) {}

std::string_view Engine::transport() const {
  return session_.transport() == Transport::websocket ? "websocket" : "polling";
}

void Engine::open() {
  if (session_.transport() == Transport::websocket) return websocket_.open({});
  polling_.start();
}

bool Engine::idle() const {
  if (!is_open() || session_.pausing() || !queue_.empty()) return false;
  return session_.transport() == Transport::websocket ? websocket_.unsent() == 0
                                                      : polling_.writable();
}

void Engine::flush() {
  if (closed_ || session_.pausing() || queue_.empty()) return;
  if (session_.transport() == Transport::polling) {
    if (polling_.writable()) polling_.write(queue_.pop_batch(session_.parameters().max_payload));
    return;
  }
  while (!queue_.empty() && (leaving_ || websocket_.unsent() < kMostUnsent)) {
    const Outgoing packet = queue_.pop();
    if (packet.binary) {
      websocket_.send_binary(packet.bytes, packet.compress);
    } else {
      websocket_.send_text(packet.bytes, packet.compress);
    }
  }
  // What a socket takes at once does not drain it later: the rest follows in the next turn.
  if (!queue_.empty() && !websocket_.blocked()) {
    loop_.post(tether_.later([](Engine& self) { self.flush(); }));
  }
}

void Engine::obey(Action action, engine::PacketView packet) {
  switch (action.kind) {
    case Kind::nothing: return;
    case Kind::opened: return opened();
    case Kind::deliver:
      if (leaving_) return;
      if (packet.type == engine::packet_type::kBinary)
        return listener_.on_engine_binary(packet.data);
      return listener_.on_engine_text(packet.data);
    case Kind::pong:
      // One that has not left yet answers this ping too: a peer cannot fill the queue with them.
      if (queue_.popped() < pong_number_) return;
      write({std::string(1, engine::packet_type::kPong), false, {}});
      pong_number_ = queue_.pushed();
      return;
    case Kind::pause: return polling_.pause();
    case Kind::drop_candidate: return drop_candidate();
    case Kind::close: return end("transport close");
    case Kind::fail:
      return end(action.error == Errc::ping_timeout ? "ping timeout" : "parse error");
  }
}

void Engine::opened() {
  polling_.opened(session_.parameters().sid);
  watch_silence();
  listener_.on_engine_open();
  if (closed_ || leaving_ || !session_.wants_upgrade()) return;
  upgrading_ = true;
  websocket_.open(session_.parameters().sid);
}

void Engine::on_polling_packet(engine::PacketView packet) {
  obey(session_.on_packet(packet, loop_.now()), packet);
}

void Engine::on_polling_written() {
  flush();
  if (leaving_) say_goodbye();
}

// Alone in its request: Node.js closes the session before it looks at what came with it.
void Engine::say_goodbye() {
  if (!queue_.empty() || !polling_.writable()) return;
  if (std::exchange(goodbye_said_, true)) return left();
  write({std::string(1, engine::packet_type::kClose), false, {}});
  flush();
}

void Engine::on_polling_paused() {
  polling_.close();
  upgrading_ = false;
  session_.on_paused();
  websocket_.send_text(std::string(1, engine::packet_type::kUpgrade));
  flush();
  if (!leaving_) listener_.on_engine_upgrade();
}

void Engine::on_polling_error() { end(session_.open() ? "transport error" : "xhr poll error"); }

void Engine::on_websocket_open(WebSocket& socket) {
  if (upgrading_) socket.send_text("2probe");
}

void Engine::on_websocket_text(WebSocket&, std::string_view text) {
  const auto packet = engine::decode_packet(text);
  if (upgrading_) {
    if (!packet) return drop_candidate();
    return obey(session_.on_candidate_packet(*packet, loop_.now()), *packet);
  }
  if (!packet) return end("parse error");
  obey(session_.on_packet(*packet, loop_.now()), *packet);
}

void Engine::on_websocket_binary(WebSocket&, std::string_view bytes) {
  if (upgrading_) return drop_candidate();
  const engine::PacketView packet{engine::packet_type::kBinary, bytes};
  obey(session_.on_packet(packet, loop_.now()), packet);
}

void Engine::on_websocket_drained(WebSocket&) { flush(); }

void Engine::on_websocket_end(WebSocket&, bool error) {
  if (upgrading_) return drop_candidate();
  if (!session_.open()) return end("websocket error");
  end(error ? "transport error" : "transport close");
}

// The session goes on by polling. There is no second try: what stands between refuses it again.
void Engine::drop_candidate() {
  upgrading_ = false;
  websocket_.drop();
  if (!session_.pausing()) return;
  session_.on_candidate_gone();
  polling_.resume();
}

// The time that is waited for moves with every packet; looking again when it was due costs less
// than a timer for each.
void Engine::watch_silence() {
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(session_.silent_at() - SteadyClock::now());
  loop_.run_after(std::max(left, std::chrono::milliseconds(1)), tether_.later([](Engine& self) {
    if (self.closed_) return;
    const Action action = self.session_.on_time(SteadyClock::now());
    if (action.kind == Kind::nothing) return self.watch_silence();
    self.obey(action, {});
  }));
}

void Engine::end(std::string_view reason) {
  if (closed_) return;
  if (leaving_) return left();
  close();
  listener_.on_engine_end(reason);
}

void Engine::leave(Task done) {
  if (upgrading_) drop_candidate();
  leaving_ = true;
  left_ = std::move(done);
  if (!is_open()) return left();
  if (session_.transport() == Transport::websocket) {
    flush();
    websocket_.close();
    return left();
  }
  flush();
  say_goodbye();
}

void Engine::left() {
  close();
  Task done = std::move(left_);
  if (done) done();
}

void Engine::close() {
  closed_ = true;
  polling_.close();
  websocket_.drop();
}

}  // namespace lectern::client
