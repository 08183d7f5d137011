#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <lectern/client_options.h>
#include <lectern/unique_function.h>

#include "client/endpoint.h"
#include "client/polling.h"
#include "client/session.h"
#include "client/websocket.h"
#include "client/write_queue.h"
#include "dial/dialer.h"
#include "dial/tether.h"
#include "net/loop.h"

namespace lectern::client {

// What becomes of an engine. Calls come from the loop; the views live as long as the call.
class EngineListener {
 public:
  virtual void on_engine_open() = 0;
  virtual void on_engine_text(std::string_view message) = 0;
  virtual void on_engine_binary(std::string_view bytes) = 0;
  virtual void on_engine_upgrade() = 0;
  // Last; the engine is closed. Before it was open, what to tell who wanted to connect: "xhr poll
  // error", "websocket error", "parse error". Later why it ended: "ping timeout", "transport
  // close", "transport error", "parse error".
  virtual void on_engine_end(std::string_view reason) = 0;

 protected:
  ~EngineListener() = default;
};

// One Engine.IO session from the client's side, with its transports and timers: opens by the first
// transport of the options, goes over to a WebSocket, answers pings, notices silence.
// On the loop's thread. Must be closed, or have left, before it is destroyed, and not be destroyed
// from within a call of its own.
class Engine final : PollingListener, WebSocketListener {
 public:
  // Everything given outlives it.
  Engine(net::Loop& loop, dial::Dialer& dialer, Endpoint& endpoint, const ClientOptions& options,
         EngineListener& listener);

  void open();
  bool is_open() const { return session_.open() && !closed_; }
  std::string_view transport() const;

  // Queues a packet; it leaves with flush(), as soon as the transport takes it. Only when open.
  void write(Outgoing packet) { queue_.push(std::move(packet)); }
  void flush();
  // Nothing is queued or half sent: a volatile event may go.
  bool idle() const;

  // Sends what is queued, tells the server that the session is over, and calls `done` once, which
  // may be at once. The listener hears nothing any more.
  void leave(Task done);
  // Ends now.
  void close();

 private:
  void on_polling_packet(engine::PacketView packet) override;
  void on_polling_written() override;
  void on_polling_paused() override;
  void on_polling_error() override;
  void on_websocket_open(WebSocket& socket) override;
  void on_websocket_text(WebSocket& socket, std::string_view text) override;
  void on_websocket_binary(WebSocket& socket, std::string_view bytes) override;
  void on_websocket_drained(WebSocket& socket) override;
  void on_websocket_end(WebSocket& socket, bool error) override;

  void obey(Action action, engine::PacketView packet);
  void opened();
  void drop_candidate();
  void watch_silence();
  void end(std::string_view reason);
  void say_goodbye();
  void left();

  net::Loop& loop_;
  EngineListener& listener_;
  Session session_;
  WriteQueue queue_;
  Polling polling_;
  WebSocket websocket_;
  bool upgrading_ = false;         // there is a candidate
  std::uint64_t pong_number_ = 0;  // of the last one, as the queue counts
  bool closed_ = false;
  bool leaving_ = false;
  bool goodbye_said_ = false;
  Task left_;
  dial::Tether<Engine> tether_{*this};
};

}  // namespace lectern::client
