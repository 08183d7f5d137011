#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <lectern/http.h>
#include <lectern/options.h>
#include <lectern/socket.h>

#include "engine/handshake_query.h"
#include "net/http_connection.h"
#include "server/http_exchange.h"
#include "server/websocket_handshake.h"

namespace lectern::server {

class Session;
class Shard;

// Its views are those of the request and of the options.
Handshake handshake_of(const HttpRequest& request, engine::Transport transport,
                       const Options& options);

// The requests on the Engine.IO path of one shard: opens sessions, and brings what concerns an
// open one to the shard that owns it. A WebSocket for a session of another shard goes there as a
// descriptor. Source: engine.io-protocol v4, "Handshake", "HTTP long-polling", "Upgrade".
class EngineHttp {
 public:
  explicit EngineHttp(Shard& shard) : shard_(shard) {}

  // On the shard that accepted the connection.
  void on_request(net::HttpConnection& connection, HttpExchange exchange, HttpRequest request);

 private:
  struct Polling {  // a request of an open session, without what only the accepting shard needs
    HttpExchange exchange;
    std::string sid;
    bool websocket = false;
    bool text = true;
    std::string method;
    std::string body;
  };
  void open(const HttpExchange& exchange, const engine::HandshakeQuery& query,
            const HttpRequest& request);
  void upgrade(net::HttpConnection& connection, const HttpExchange& exchange,
               const HttpRequest& request, engine::HandshakeQuery query);
  // False: there is no room for another session, and the request was answered.
  bool admit(const HttpExchange& exchange, const HttpRequest& request);
  void open_websocket(WebSocketOffer offer, const engine::HandshakeQuery& query,
                      const HttpRequest& request);

  // On the shard that owns the session.
  void take(const Polling& request);
  void take(WebSocketOffer offer, const std::string& sid);

  Shard& shard_;
};

}  // namespace lectern::server
