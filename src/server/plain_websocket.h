#pragma once

#include <lectern/message_socket.h>

#include "net/websocket_connection.h"
#include "server/handshake_block.h"

namespace lectern::server {

class Shard;

// A WebSocket outside the Engine.IO path. Owned by its shard until it has ended.
class PlainWebSocket final : public net::WebSocketListener, public MessageSocket {
 public:
  PlainWebSocket(Shard& shard, net::WebSocketConnection& connection, const Handshake& handshake,
                 MessageHandlers& handlers);
  void open();

  Handshake handshake() const override { return handshake_.view(); }
  bool send_text(std::string_view text) override;
  bool send_binary(std::string_view bytes) override;
  void close() override;

 private:
  void on_text(net::WebSocketConnection& connection, std::string_view text) override;
  void on_binary(net::WebSocketConnection& connection, std::string_view bytes) override;
  void on_alive(net::WebSocketConnection&) override {}
  void on_drained(net::WebSocketConnection& connection) override;
  void on_violation(net::WebSocketConnection& connection, Errc error) override;
  void on_websocket_end(net::WebSocketConnection& connection) override;
  template <class F>
  void call(F f);
  void close(websocket::CloseCode code);
  bool has_room(std::size_t bytes);
  void ended(DisconnectReason reason);

  Shard& shard_;
  net::WebSocketConnection* connection_;  // null once it has ended
  HandshakeBlock handshake_;
  MessageHandlers& handlers_;
};

}  // namespace lectern::server
