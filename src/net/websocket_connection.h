#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include <lectern/error.h>

#include "net/connection.h"
#include "net/message_compression.h"
#include "websocket/decoder.h"

namespace lectern::net {

class WebSocketConnection;

// What becomes of the messages of a WebSocket. The views live as long as the call.
class WebSocketListener {
 public:
  virtual void on_text(WebSocketConnection& connection, std::string_view text) = 0;
  virtual void on_binary(WebSocketConnection& connection, std::string_view bytes) = 0;
  // A ping or a pong came.
  virtual void on_alive(WebSocketConnection& connection) = 0;
  // What was queued while the peer did not read has left.
  virtual void on_drained(WebSocketConnection&) {}
  // The peer broke RFC 6455 or sent too much: malformed_frame, invalid_utf8, payload_too_large.
  // The connection closes with the fitting code when this returns; what is sent here still leaves.
  virtual void on_violation(WebSocketConnection& connection, Errc error) = 0;
  // The peer closed the connection or it broke. Not called after detach().
  virtual void on_websocket_end(WebSocketConnection& connection) = 0;

 protected:
  ~WebSocketListener() = default;
};

// The server's end of a WebSocket (RFC 6455) behind its handshake: frames in, messages out, pings
// and closes answered.
class WebSocketConnection : public Connection {
 public:
  // How the handshake agreed on compression.
  struct Agreement {
    MessageCompression* compression = nullptr;  // null: none; outlives the connection
    bool compresses = true;  // false: the peer's window is too small for what we compress
  };

  WebSocketConnection(Loop& loop, int fd, std::size_t max_payload, Agreement agreement);

  // Who listens from now on. `listener` outlives the connection or detaches itself.
  void attach(WebSocketListener& listener) { listener_ = &listener; }
  void detach() { listener_ = nullptr; }

  // Bytes that arrived together with the handshake. They may end the connection.
  void take(std::string bytes) { on_bytes(bytes); }

  void send_text(std::string_view text);
  void send_message(const Frame& message);
  // As Connection::send_latest().
  bool send_latest_message(std::string_view key, const Frame& message);

  // Sends a close frame behind what is queued, and ends (section 7.1.1).
  void close(websocket::CloseCode code, std::string_view reason = {});

  using Connection::drop_unsent;

 private:
  void on_bytes(std::span<char> bytes) override;
  void on_drained() override;
  void on_end() override;
  Frame on_wire(const Frame& message) const;
  void take(const websocket::Message& message);
  void violated(Errc error);
  void tell_end();

  websocket::Decoder decoder_;
  Agreement agreement_;
  WebSocketListener* listener_ = nullptr;
};

// The code with which a connection closes for a fault of the peer.
websocket::CloseCode close_code_of(Errc error);

// The answer that opens a WebSocket for a request with this Sec-WebSocket-Key, including the empty
// line. `headers` are further lines, each with its CRLF.
std::string switching_protocols(std::string_view key, std::string_view headers);

}  // namespace lectern::net
