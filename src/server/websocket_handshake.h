#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <lectern/http.h>

#include "engine/handshake_error.h"
#include "net/descriptor.h"
#include "net/http_connection.h"
#include "net/websocket_connection.h"
#include "server/http_exchange.h"

namespace lectern::server {

class Shard;

// A socket whose WebSocket handshake was asked for and not answered yet. May go to another shard.
struct WebSocketOffer {
  net::Descriptor fd;
  std::unique_ptr<net::TlsSession> tls;  // null: plain
  std::string unread;                    // bytes that arrived behind the request
  std::string key;
  std::string extensions;
};

// Whether a header that is a list, such as "keep-alive, Upgrade", has an entry (RFC 9110 5.6.1).
// `entry` is in lower case.
bool lists(std::string_view header, std::string_view entry);

// Whether the request may open a WebSocket (RFC 6455 section 4.2.1, and the rules for origins).
// False: it was answered.
bool may_open_websocket(Shard& shard, const net::HttpConnection& connection,
                        const HttpExchange& exchange, const HttpRequest& request);

// Takes the socket out of the HTTP connection of such a request.
WebSocketOffer take_offer(net::HttpConnection& connection, const HttpRequest& request);

// Makes the offer a connection of this shard and answers its handshake. What arrived behind the
// request is for the listener, once he is attached.
// `headers` are further lines of the answer, each with its CRLF.
net::WebSocketConnection& accept_offer(Shard& shard, WebSocketOffer& offer,
                                       std::string headers = {});
// Answers its handshake with an error, although its HTTP connection is no more.
void refuse_offer(Shard& shard, WebSocketOffer& offer, engine::HandshakeError error);

}  // namespace lectern::server
