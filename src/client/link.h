#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include <lectern/client.h>

#include "client/encoded_packet.h"
#include "client/endpoint.h"
#include "client/engine.h"
#include "client/packet_reader.h"
#include "dial/backoff.h"
#include "dial/dialer.h"
#include "net/loop.h"

namespace lectern::client {

// What becomes of a link. Calls come from the loop; they may call the link.
class LinkListener {
 public:
  virtual void on_link_open() = 0;
  virtual void on_link_packet(Received received) = 0;
  virtual void on_link_upgrade() = 0;
  // It did not open: "xhr poll error", "websocket error", "timeout", "parse error".
  virtual void on_link_error(std::string_view message) = 0;
  // It was open and is not any more: "transport close", …
  virtual void on_link_closed(std::string_view reason) = 0;
  virtual void on_reconnect_attempt(const ReconnectAttempt& attempt) = 0;
  virtual void on_reconnect_failed() = 0;

 protected:
  ~LinkListener() = default;
};

// The one connection of a client, as long as somebody wants it: opened, lost, opened again after a
// delay, given up.
//
//   closed --want--> opening --> open --lost--> waiting --delay--> opening …
//                        \--failed--> waiting, or closed after the last attempt
//   any --unwant--> closed
//
// On the loop's thread.
// Source: the Manager of socket.io-client 4.
class Link final : EngineListener {
 public:
  // Everything given outlives it.
  Link(net::Loop& loop, Endpoint& endpoint, const dial::TlsContext* tls,
       const ClientOptions& options, LinkListener& listener);

  void want();
  // Closes after what was written has left.
  void unwant();
  bool is_open() const { return state_ == State::open; }

  // Only when open. Packets of one turn leave together.
  void write(EncodedPacket packet);
  void flush();
  // Nothing is queued: a volatile packet may go.
  bool idle() const { return is_open() && engine_->idle(); }
  std::string_view transport() const { return is_open() ? engine_->transport() : ""; }

  // What came is no Socket.IO: ends the connection, as if it had been lost.
  void refuse() { on_engine_end("parse error"); }

  // Nothing is on its way out any more.
  bool left() const { return leaving_.empty(); }
  // Ends everything now, at last.
  void close();

 private:
  enum class State : std::uint8_t { closed, opening, open, waiting };

  void on_engine_open() override;
  void on_engine_text(std::string_view message) override;
  void on_engine_binary(std::string_view bytes) override;
  void on_engine_upgrade() override { listener_.on_link_upgrade(); }
  void on_engine_end(std::string_view reason) override;

  void enter(State state);
  void begin();
  void again();
  void take(Result<std::optional<Received>> received);
  void retire(std::unique_ptr<Engine> engine);

  net::Loop& loop_;
  Endpoint& endpoint_;
  const ClientOptions& options_;
  LinkListener& listener_;
  dial::Dialer dialer_;
  dial::Backoff backoff_;
  PacketReader reader_;
  std::unique_ptr<Engine> engine_;
  std::vector<std::unique_ptr<Engine>> leaving_;
  State state_ = State::closed;
  bool wanted_ = false;
  // Counts the changes of state: a timer of an earlier one finds that it is late.
  std::uint64_t epoch_ = 0;
};

}  // namespace lectern::client
