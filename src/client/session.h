#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <lectern/error.h>

#include "base/time.h"
#include "engine/handshake_query.h"
#include "engine/packet.h"

namespace lectern::client {

// What a server's open packet says: 0{"sid":"…","upgrades":["websocket"],"pingInterval":25000,
// "pingTimeout":20000,"maxPayload":1000000}.
struct OpenParameters {
  std::string sid;
  bool may_upgrade = false;  // to a WebSocket
  std::chrono::milliseconds ping_interval{0};
  std::chrono::milliseconds ping_timeout{0};
  std::size_t max_payload = 0;  // 0: the server names none
};

// `json` is the open packet without its type. Other keys are ignored.
// Error: malformed_packet for what is no open packet, for an empty sid or one that may not stand in
// a query as it is (everything but letters, digits, '-' and '_'), and for times that are not
// positive.
// Source: engine.io-protocol v4, "Handshake".
[[nodiscard]] Result<OpenParameters> parse_open(std::string_view json);

// What the owner of a Session does next.
struct Action {
  enum class Kind : std::uint8_t {
    nothing,
    opened,          // the parameters are there; offer a candidate when wants_upgrade()
    deliver,         // the packet is a message for the layer above
    pong,            // send a pong packet
    pause,           // let polling come to rest, then call on_paused()
    drop_candidate,  // the candidate broke the protocol; the session goes on without it
    close,           // the server closed the session
    fail,            // the server broke the protocol, or is silent: `error`
  };
  Kind kind = Kind::nothing;
  Errc error{};
};

// The client's half of one Engine.IO v4 session, without its transports, its timers and its bytes.
// Source: engine.io-protocol v4, "Protocol", "Upgrade", "Heartbeat".
//
//   opening --open--> open (polling) --candidate's 3probe--> pausing --paused--> open (websocket)
//                \--> open (websocket)                           \--candidate gone--> open
//                (polling)
//
// Heartbeat: the server pings; without a packet within interval + timeout the session is over.
class Session {
 public:
  // `upgrade`: a WebSocket may take over from polling.
  Session(engine::Transport transport, bool upgrade, SteadyClock::time_point now)
      : transport_(transport), upgrade_(upgrade), alive_at_(now) {}

  bool open() const { return state_ != State::opening; }
  bool pausing() const { return state_ == State::pausing; }
  engine::Transport transport() const { return transport_; }
  const OpenParameters& parameters() const { return parameters_; }
  bool wants_upgrade() const {
    return open() && upgrade_ && parameters_.may_upgrade &&
           transport_ == engine::Transport::polling;
  }

  // A packet on the session's transport.
  Action on_packet(engine::PacketView packet, SteadyClock::time_point now);

  // A packet on a WebSocket that was sent "2probe".
  Action on_candidate_packet(engine::PacketView packet, SteadyClock::time_point now);
  void on_candidate_gone();

  // Polling has come to rest: "5" goes out on the candidate, which is the transport from now on.
  void on_paused();

  // When to call on_time(), and whether the server is silent for too long. Open sessions only.
  SteadyClock::time_point silent_at() const {
    return alive_at_ + parameters_.ping_interval + parameters_.ping_timeout;
  }
  Action on_time(SteadyClock::time_point now) const;

 private:
  enum class State : std::uint8_t { opening, open, pausing };

  State state_ = State::opening;
  engine::Transport transport_;
  bool upgrade_;
  OpenParameters parameters_;
  SteadyClock::time_point alive_at_;
};

}  // namespace lectern::client
