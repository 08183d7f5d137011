#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <lectern/http.h>

#include "engine/handshake_query.h"
#include "net/descriptor.h"
#include "net/http_connection.h"
#include "server/http_exchange.h"

namespace lectern::server {

class Session;
class Shard;

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
  struct Candidate {  // a socket whose WebSocket handshake was asked for and not yet answered
    net::Descriptor fd;
    std::string unread;
    std::string address;
    std::string key;
    std::string sid;
  };

  void open(const HttpExchange& exchange, const HttpRequest& request);
  void upgrade(net::HttpConnection& connection, const HttpExchange& exchange,
               const HttpRequest& request, std::string sid);
  // False: there is no room for another session, and the request was answered.
  bool admit(const HttpExchange& exchange, const std::string& address);
  void open_websocket(Candidate candidate, const HttpRequest& request);

  // On the shard that owns the session.
  void take(const Polling& request);
  void take(Candidate candidate);

  Shard& shard_;
};

}  // namespace lectern::server
