#pragma once

#include <cstdint>
#include <string_view>

#include <lectern/error.h>

#include "engine/handshake_query.h"
#include "engine/packet.h"

namespace lectern::engine {

// What the owner of a Session does next.
struct Action {
  enum class Kind : std::uint8_t {
    nothing,
    deliver,         // `message` to the layer above
    deliver_base64,  // the same, of a binary message
    close,           // the peer closed the session; no error
    fail,            // the peer broke the protocol: close for `error`
    ping,            // send a ping packet; expect a sign of life within the ping timeout
    pong,            // send a pong packet with `message`
    probe_pong,      // answer "3probe" on the candidate; free a parked poll with a noop
    upgrade,         // the candidate is the session's transport from now on
    drop_candidate,  // the candidate broke the protocol; the session goes on without it
  };
  Kind kind = Kind::nothing;
  std::string_view message;
  Errc error{};
};

// The server's half of one Engine.IO session, without its transports, its timers and its bytes.
// Source: engine.io-protocol v4 and v3, "Protocol", "Upgrade", "Heartbeat".
//
//   polling --probe--> polling, upgrading --upgrade--> websocket
//                             \--candidate gone--> polling
//
// Heartbeat of v4: due --ping--> awaiting --any packet--> due …, or --time-out--> failed
// (ping_timeout). In v3 the client pings: the session waits for it all the time.
class Session {
 public:
  explicit Session(Transport transport, Version version = Version::v4)
      : transport_(transport), version_(version) {}

  Version version() const { return version_; }

  Transport transport() const { return transport_; }
  bool upgrading() const { return upgrading_; }
  bool awaiting_pong() const { return awaiting_pong_; }

  // A packet on the session's transport.
  Action on_packet(PacketView packet);

  // A packet on a WebSocket that offers itself as the new transport of a polling session.
  Action on_candidate_packet(PacketView packet);
  void on_candidate_gone() { upgrading_ = false; }

  // Something else than a packet arrived, such as a WebSocket ping.
  void on_sign_of_life() { awaiting_pong_ = false; }

  // The time-out that was asked for by the last ping, or the interval after a sign of life, is
  // over. `ping` or `fail`; `nothing` when there was a sign of life meanwhile: the interval starts.
  Action on_ping_due();
  Action on_pong_due();

 private:
  Transport transport_;
  Version version_;
  bool upgrading_ = false;
  bool awaiting_pong_ = false;
};

}  // namespace lectern::engine
