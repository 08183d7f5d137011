#include "client/link.h"

#include <algorithm>
#include <utility>

#include "base/random.h"

namespace lectern::client {
namespace {

// In [0, 1).
double random_part() {
  std::uint32_t bits;
  fill_random(std::as_writable_bytes(std::span(&bits, 1)));
  return bits / 4294967296.0;
}

}  // namespace

Link::Link(net::Loop& loop, Endpoint& endpoint, const dial::TlsContext* tls,
           const ClientOptions& options, LinkListener& listener)
    : loop_(loop),
      endpoint_(endpoint),
      options_(options),
      listener_(listener),
      dialer_(loop, endpoint.url(), tls),
      backoff_(options.reconnection_delay, options.reconnection_delay_max,
               options.randomization_factor),
      reader_(options.parser, options.max_attachments, options.receive_limit_bytes) {}

void Link::enter(State state) {
  state_ = state;
  ++epoch_;
}

void Link::want() {
  wanted_ = true;
  if (state_ == State::closed) begin();
}

void Link::begin() {
  enter(State::opening);
  dialer_.look_up_host([this, epoch = epoch_] {
    if (epoch != epoch_) return;
    engine_ = std::make_unique<Engine>(loop_, dialer_, endpoint_, options_,
                                       static_cast<EngineListener&>(*this));
    engine_->open();
  });
  loop_.run_after(options_.timeout, [this, epoch = epoch_] {
    if (epoch == epoch_) on_engine_end("timeout");
  });
}

void Link::on_engine_open() {
  enter(State::open);
  backoff_.reset();
  listener_.on_link_open();
}

void Link::write(EncodedPacket packet) {
  engine_->write(
      {std::move(packet.head), packet.binary, std::move(packet.charge), packet.compress});
  for (std::string& attachment : packet.attachments)
    engine_->write({std::move(attachment), /*binary=*/true, {}, packet.compress});
}

void Link::flush() {
  if (engine_) engine_->flush();
}

void Link::on_engine_text(std::string_view message) { take(reader_.on_text(message)); }
void Link::on_engine_binary(std::string_view bytes) { take(reader_.on_binary(bytes)); }

void Link::take(Result<std::optional<Received>> received) {
  if (!received) return refuse();
  if (*received) listener_.on_link_packet(std::move(**received));
}

void Link::on_engine_end(std::string_view reason) {
  const bool was_open = is_open();
  enter(State::closed);
  reader_.reset();
  if (engine_) {
    engine_->close();
    retire(std::move(engine_));
  }
  const auto epoch = epoch_;
  if (was_open) {
    listener_.on_link_closed(reason);
  } else {
    listener_.on_link_error(reason);
  }
  // Who listens may have asked for another connection, or for none.
  if (epoch == epoch_ && wanted_ && options_.reconnection) again();
}

void Link::again() {
  if (backoff_.attempts() >= options_.reconnection_attempts) {
    backoff_.reset();
    return listener_.on_reconnect_failed();
  }
  enter(State::waiting);
  const auto delay = backoff_.next(random_part());
  loop_.run_after(delay, [this, delay, epoch = epoch_] {
    if (epoch != epoch_) return;
    listener_.on_reconnect_attempt({backoff_.attempts(), delay});
    if (epoch == epoch_) begin();
  });
}

void Link::unwant() {
  wanted_ = false;
  const bool was_open = is_open();
  enter(State::closed);
  backoff_.reset();
  reader_.reset();
  if (!engine_) return;
  if (!was_open) {
    engine_->close();
    return retire(std::move(engine_));
  }
  Engine* const engine = engine_.get();
  leaving_.push_back(std::move(engine_));
  engine->leave([this, engine] {
    const auto gone = std::find_if(leaving_.begin(), leaving_.end(),
                                   [engine](const auto& each) { return each.get() == engine; });
    retire(std::move(*gone));
    leaving_.erase(gone);
  });
}

// An engine may be in a call of its own: it is destroyed later.
void Link::retire(std::unique_ptr<Engine> engine) {
  loop_.post([gone = std::move(engine)] {});
}

void Link::close() {
  wanted_ = false;
  enter(State::closed);
  if (engine_) engine_->close();
  for (const auto& engine : leaving_) engine->close();
}

}  // namespace lectern::client
