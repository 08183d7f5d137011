#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

#include <lectern/client.h>

#include "client/encoded_packet.h"
#include "client/handlers.h"
#include "client/packet_reader.h"
#include "client/pending_acks.h"

namespace lectern {
class ClientCore;
}

namespace lectern::client {

// The client's end of one namespace.
//
//   idle --link open, active--> connecting --CONNECT--> connected
//     any --link lost--> idle (active)      any --disconnect, CONNECT_ERROR--> idle (not active)
//
// The functions that take part in the API are called from any thread and post what they do; all
// others belong to the client's thread.
// Source: socket.io-protocol v5; the Socket of socket.io-client 4.
class NamespaceSocket final : public ClientSocket {
 public:
  // `core` outlives it.
  NamespaceSocket(ClientCore& core, std::string nsp) : core_(core), nsp_(std::move(nsp)) {}

  // Wants to be connected: connect() was called, and neither side has disconnected it since.
  bool active() const { return active_; }

  void link_opened();
  void link_failed(const ConnectError& error);
  void link_closed(DisconnectReason reason);
  void receive(Received received);

  void activate();
  void deactivate();

  struct Emission {
    EncodedPacket packet;
    bool is_volatile = false;
    std::optional<std::uint64_t> ack_id;
  };
  void send(Emission emission);
  // Nothing when the event is refused. Any thread.
  std::optional<Emission> encode(std::string_view event, const Arguments& arguments,
                                 std::optional<std::uint64_t> ack_id);
  std::uint64_t new_ack_id() { return next_ack_id_.fetch_add(1, std::memory_order_relaxed); }
  void await_ack(std::uint64_t id, SteadyClock::time_point deadline, PendingAcks::Entry entry);

  // Sends an acknowledgement unless the connection that it is for is over.
  void answer(std::uint64_t connection, EncodedPacket packet);

 private:
  friend class lectern::ClientSocket;

  enum class State : std::uint8_t { idle, connecting, connected };
  struct Waiting {  // an event that came before the answer to CONNECT
    std::string name;
    boost::json::array args;
    Attachments attachments;
    std::optional<std::uint64_t> ack_id;
  };

  void send_connect();
  void take_connect(const Received& received);
  void take_connect_error(const Received& received);
  void take_event(Received received);
  void take_ack(Received received);
  void connected_as(std::string id, std::string pid);
  void deliver(const Waiting& event);
  void tell(const ConnectError& error);
  void answered(std::uint64_t id, Result<Arguments> answer);
  void ended();
  void closed(DisconnectReason reason);
  void expire_acks();
  void arm_ack_timer();

  ClientCore& core_;
  const std::string nsp_;
  State state_ = State::idle;
  bool active_ = false;
  std::uint64_t connection_ = 0;  // counts those that were connected
  std::string pid_;               // names the session for recovery
  std::string offset_;            // of the last event
  std::deque<Emission> unsent_;   // charged to the send buffer
  std::vector<Waiting> early_;
  std::size_t early_bytes_ = 0;
  PendingAcks acks_;
  std::optional<SteadyClock::time_point> ack_timer_;

  EventHandlers events_;
  Slot<void()> on_connect_;
  Slot<void(const ConnectError&)> on_connect_error_;
  Slot<void(DisconnectReason)> on_disconnect_;
  UniqueFunction<boost::json::value()> auth_;

  // Read on every thread.
  std::atomic<std::uint64_t> next_ack_id_{0};
  std::atomic<bool> connected_{false};
  std::atomic<bool> recovered_{false};
  mutable std::mutex id_mutex_;
  std::string id_;
};

}  // namespace lectern::client
