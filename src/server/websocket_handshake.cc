#include "server/websocket_handshake.h"

#include <algorithm>
#include <cctype>
#include <memory>
#include <utility>

#include "server/server_core.h"
#include "server/shard.h"
#include "websocket/deflate_negotiation.h"
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
                     connection.queued() == 0;
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
  return {net::Descriptor(released.fd), std::move(released.tls), std::move(released.unread),
          std::string(request.header("Sec-WebSocket-Key")),
          std::string(request.header("Sec-WebSocket-Extensions"))};
}

namespace {

net::WebSocketConnection& adopt(Shard& shard, WebSocketOffer& offer,
                                net::WebSocketConnection::Agreement agreement) {
  auto owned = std::make_unique<net::WebSocketConnection>(shard.loop(), offer.fd.release(),
                                                          shard.options().max_payload, agreement);
  auto& connection = *owned;
  if (offer.tls) connection.secure(std::move(offer.tls));
  shard.loop().add(std::move(owned));
  return connection;
}

}  // namespace

net::WebSocketConnection& accept_offer(Shard& shard, WebSocketOffer& offer, std::string headers) {
  net::WebSocketConnection::Agreement agreement;
  if (shard.options().compression && !offer.extensions.empty()) {
    // Who writes this header wrongly gets a connection without extensions.
    const auto answer = websocket::answer_deflate_offers(offer.extensions);
    if (answer && *answer) {
      agreement.compression = &shard.compression();
      agreement.compresses =
          (*answer)->parameters.server_max_window_bits == websocket::kMaxWindowBits;
      headers += "Sec-WebSocket-Extensions: " + (*answer)->header + "\r\n";
    }
  }
  auto& connection = adopt(shard, offer, agreement);
  connection.send(net::switching_protocols(offer.key, headers));
  return connection;
}

void refuse_offer(Shard& shard, WebSocketOffer& offer, engine::HandshakeError error) {
  auto& connection = adopt(shard, offer, {});
  const auto body = engine::json_body(error);
  connection.send("HTTP/1.1 " + std::to_string(engine::http_status(error)) +
                  " Bad Request\r\nContent-Type: application/json\r\nContent-Length: " +
                  std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n" +
                  std::string(body));
  connection.finish();
}

}  // namespace lectern::server
