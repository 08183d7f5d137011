#include "server/websocket_handshake.h"

#include <algorithm>
#include <cctype>
#include <memory>
#include <utility>

#include "server/server_core.h"
#include "server/shard.h"
#include "websocket/encoder.h"

namespace lectern::server {

bool lists(std::string_view header, std::string_view entry) {
  const auto same = [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; };
  while (!header.empty()) {
    auto item = header.substr(0, header.find(','));
    header.remove_prefix(std::min(item.size() + 1, header.size()));
    while (!item.empty() && (item.front() == ' ' || item.front() == '\t')) item.remove_prefix(1);
    while (!item.empty() && (item.back() == ' ' || item.back() == '\t')) item.remove_suffix(1);
    if (std::equal(item.begin(), item.end(), entry.begin(), entry.end(), same)) return true;
  }
  return false;
}

bool may_open_websocket(Shard& shard, const net::HttpConnection& connection,
                        const HttpExchange& exchange, const HttpRequest& request) {
  // An answer that is still queued would be lost with the HTTP connection; nobody who waits for
  // the answers to his requests is in that position.
  const bool valid = request.method == "GET" && lists(request.header("Connection"), "upgrade") &&
                     lists(request.header("Upgrade"), "websocket") &&
                     websocket::is_valid_key(request.header("Sec-WebSocket-Key")) &&
                     connection.unsent() == 0;
  if (!valid) {
    shard.answer_error(exchange, engine::HandshakeError::bad_request);
    return false;
  }
  if (request.header("Sec-WebSocket-Version") != "13") {
    HttpResponse response;
    response.status = 426;
    response.headers = {{"Sec-WebSocket-Version", "13"}};
    shard.answer(exchange, std::move(response));
    return false;
  }
  if (shard.core().origins().accept_websocket(exchange.origin, request.header("Host"))) return true;
  shard.answer_error(exchange, engine::HandshakeError::forbidden);
  return false;
}

WebSocketOffer take_offer(net::HttpConnection& connection, const HttpRequest& request) {
  auto released = connection.release_for_upgrade();
  return {net::Descriptor(released.fd), std::move(released.unread), request.address,
          std::string(request.header("Sec-WebSocket-Key"))};
}

net::WebSocketConnection& adopt(Shard& shard, WebSocketOffer& offer) {
  auto owned = std::make_unique<net::WebSocketConnection>(
      shard.loop(), offer.fd.release(), offer.address, shard.options().max_payload);
  auto& connection = *owned;
  shard.loop().add(std::move(owned));
  return connection;
}

void answer_handshake(net::WebSocketConnection& connection, const WebSocketOffer& offer) {
  connection.send(net::switching_protocols(offer.key, {}));
}

}  // namespace lectern::server
