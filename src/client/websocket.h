#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <lectern/client_options.h>
#include <lectern/error.h>

#include "client/endpoint.h"
#include "client/http_answer.h"
#include "dial/dialer.h"
#include "dial/stream.h"
#include "dial/tether.h"
#include "websocket/decoder.h"
#include "websocket/deflate.h"
#include "websocket/opcode.h"

namespace lectern::client {

class WebSocket;

// What becomes of a WebSocket. Calls come from the loop; the views live as long as the call.
class WebSocketListener {
 public:
  virtual void on_websocket_open(WebSocket& socket) = 0;
  virtual void on_websocket_text(WebSocket& socket, std::string_view text) = 0;
  virtual void on_websocket_binary(WebSocket& socket, std::string_view bytes) = 0;
  virtual void on_websocket_drained(WebSocket& socket) = 0;
  // Last. `error`: no WebSocket came about, or the server broke RFC 6455 or sent too much; else it
  // closed the connection.
  virtual void on_websocket_end(WebSocket& socket, bool error) = 0;

 protected:
  ~WebSocketListener() = default;
};

// The client's end of a WebSocket, its handshake included (RFC 6455 sections 4.1, 5 and 7): masked
// frames out, messages in, pings and closes answered. Compression is offered where the options say
// so, a subprotocol never. On the loop's thread; closed before it is destroyed.
class WebSocket final : dial::StreamListener {
 public:
  // Everything given outlives it.
  WebSocket(net::Loop& loop, dial::Dialer& dialer, Endpoint& endpoint, const ClientOptions& options,
            WebSocketListener& listener);

  // Connects; for the session `sid` unless it is "".
  void open(std::string_view sid);
  bool is_open() const { return stream_ != nullptr && decoder_.has_value(); }

  // Long messages are compressed if both ends agreed on that, unless `compress` is false.
  void send_text(std::string_view text, bool compress = true) {
    send_message(websocket::Opcode::text, text, compress);
  }
  void send_binary(std::string_view bytes, bool compress = true) {
    send_message(websocket::Opcode::binary, bytes, compress);
  }
  bool blocked() const { return stream_ != nullptr && stream_->blocked(); }
  std::size_t unsent() const { return stream_ == nullptr ? 0 : stream_->unsent(); }

  // Says goodbye behind what was sent, and ends without a further call to the listener.
  void close(websocket::CloseCode code = websocket::CloseCode::normal);
  // Ends now.
  void drop();

 private:
  void on_stream_bytes(std::span<char> bytes) override;
  void on_stream_end() override;
  void on_stream_drained() override { listener_.on_websocket_drained(*this); }
  // What a connection needs when compression was agreed on.
  struct Compression {
    explicit Compression(websocket::ContextTakeover takeover) : inflater(takeover) {}

    websocket::Inflater inflater;
    websocket::Deflater deflater;
    std::string buffer;
  };

  void begin();
  void send_message(websocket::Opcode opcode, std::string_view payload, bool compress);
  void send(websocket::Opcode opcode, std::string_view payload, bool compressed = false);
  bool take_handshake(std::span<char>& bytes);
  Result<void> accept(const HttpAnswer& answer);
  Result<std::optional<websocket::Message>> next(std::span<char>& bytes);
  void take(const websocket::Message& message);
  void fail();

  net::Loop& loop_;
  dial::Dialer& dialer_;
  Endpoint& endpoint_;
  const ClientOptions& options_;
  WebSocketListener& listener_;
  dial::Stream* stream_ = nullptr;
  std::string request_;  // again from the start when the first address does not answer
  std::string key_;
  HttpAnswerReader handshake_;
  std::optional<websocket::Decoder> decoder_;  // from the handshake on
  std::unique_ptr<Compression> compression_;
  dial::Tether<WebSocket> tether_{*this};
};

}  // namespace lectern::client
