#include "server/engine_http.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "net/websocket_connection.h"
#include "server/server_core.h"
#include "server/session.h"
#include "server/session_id.h"
#include "server/shard.h"
#include "websocket/encoder.h"

namespace lectern::server {

using engine::HandshakeError;
using engine::Transport;

namespace {

// Whether a header that is a list, such as "keep-alive, Upgrade", has an entry (RFC 9110 5.6.1).
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

Handshake handshake_of(const HttpRequest& request, Transport transport) {
  Handshake handshake;
  handshake.address = request.address;
  handshake.query = request.query;
  handshake.transport = transport == Transport::polling ? "polling" : "websocket";
  handshake.user_agent = request.header("User-Agent");
  handshake.forwarded_for = request.header("X-Forwarded-For");
  return handshake;
}

HttpResponse busy_response(bool draining) {
  HttpResponse response;
  response.status = 503;
  response.headers = {{"Content-Type", "application/json"}, {"Retry-After", "1"}};
  response.body =
      draining ? R"({"error":{"type":"SERVER_DRAINING","message":"The server is going down"}})"
               : R"({"error":{"type":"SERVER_BUSY","message":"Too many connections"}})";
  return response;
}

// An answer to a handshake whose HTTP connection is no more.
std::string plain_error(HandshakeError error) {
  const auto body = engine::json_body(error);
  return "HTTP/1.1 " + std::to_string(engine::http_status(error)) +
         " Bad Request\r\nContent-Type: application/json\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n" + std::string(body);
}

}  // namespace

void EngineHttp::on_request(net::HttpConnection& connection, HttpExchange exchange,
                            HttpRequest request) {
  auto parsed = engine::parse_handshake_query(request.query);
  if (!parsed) return shard_.answer_error(exchange, parsed.error());
  const auto& query = *parsed;
  const bool websocket = query.transport == Transport::websocket;
  const auto& options = shard_.options();
  if (websocket ? !options.websocket : !options.polling)
    return shard_.answer_error(exchange, HandshakeError::transport_unknown);
  // Callbacks in script tags are for browsers that are gone.
  if (query.jsonp) return shard_.answer_error(exchange, HandshakeError::bad_request);
  const bool wants_upgrade = lists(request.header("Upgrade"), "websocket");
  if (query.sid.empty()) {
    if (request.method != "GET") return shard_.answer_error(exchange, HandshakeError::bad_method);
    if (websocket != wants_upgrade)
      return shard_.answer_error(exchange, HandshakeError::bad_request);
    return websocket ? upgrade(connection, exchange, request, {}) : open(exchange, request);
  }
  const auto owner = shard_of(query.sid);
  if (!owner || *owner >= shard_.core().shards())
    return shard_.answer_error(exchange, HandshakeError::session_unknown);
  if (websocket && wants_upgrade) return upgrade(connection, exchange, request, query.sid);

  Polling polling{std::move(exchange),
                  query.sid,
                  websocket || wants_upgrade,
                  !request.header("Content-Type").starts_with("application/octet-stream"),
                  std::move(request.method),
                  std::move(request.body)};
  auto& core = shard_.core();
  if (polling.method == "GET") {
    connection.on_abort([&core, owner = *owner, sid = polling.sid, exchange = polling.exchange] {
      core.run_on(owner, [&core, owner, sid, exchange] {
        if (Session* const session = core.shard(owner).find_session(sid))
          session->on_poll_aborted(exchange);
      });
    });
  }
  if (*owner == shard_.index()) return take(polling);
  core.run_on(*owner, [&core, owner = *owner, polling = std::move(polling)] {
    core.shard(owner).engine().take(polling);
  });
}

bool EngineHttp::admit(const HttpExchange& exchange, const std::string& address) {
  auto& core = shard_.core();
  const bool draining = !core.accepting();
  if (!draining && core.sessions() < shard_.options().max_connections &&
      core.waiting().enter(address))
    return true;
  shard_.counters().connections_refused.add();
  shard_.answer(exchange, busy_response(draining));
  return false;
}

void EngineHttp::open(const HttpExchange& exchange, const HttpRequest& request) {
  if (!admit(exchange, request.address)) return;
  shard_
      .add_session(std::make_unique<Session>(shard_, new_session_id(shard_.index()),
                                             Transport::polling,
                                             handshake_of(request, Transport::polling)))
      .open(exchange);
}

void EngineHttp::take(const Polling& request) {
  Session* const session = shard_.find_session(request.sid);
  if (!session) return shard_.answer_error(request.exchange, HandshakeError::session_unknown);
  if (request.websocket) return shard_.answer_error(request.exchange, HandshakeError::bad_request);
  if (request.method == "GET") return session->poll(request.exchange);
  if (request.method == "POST") return session->post(request.exchange, request.body, request.text);
  shard_.answer_error(request.exchange, HandshakeError::bad_method);
}

void EngineHttp::upgrade(net::HttpConnection& connection, const HttpExchange& exchange,
                         const HttpRequest& request, std::string sid) {
  const auto key = request.header("Sec-WebSocket-Key");
  // An answer that is still queued would be lost with the HTTP connection; nobody who waits for
  // the answers to his requests is in that position.
  const bool valid = request.method == "GET" && lists(request.header("Connection"), "upgrade") &&
                     websocket::is_valid_key(key) && connection.unsent() == 0;
  if (!valid) return shard_.answer_error(exchange, HandshakeError::bad_request);
  if (request.header("Sec-WebSocket-Version") != "13") {
    HttpResponse response;
    response.status = 426;
    response.headers = {{"Sec-WebSocket-Version", "13"}};
    return shard_.answer(exchange, std::move(response));
  }
  if (!shard_.core().origins().accept_websocket(exchange.origin, request.header("Host")))
    return shard_.answer_error(exchange, HandshakeError::forbidden);
  if (sid.empty() && !admit(exchange, request.address)) return;

  auto released = connection.release_for_upgrade();
  Candidate candidate{net::Descriptor(released.fd), std::move(released.unread), request.address,
                      std::string(key), std::move(sid)};
  if (candidate.sid.empty()) return open_websocket(std::move(candidate), request);
  const unsigned owner = *shard_of(candidate.sid);
  auto& core = shard_.core();
  core.run_on(owner, [&core, owner, candidate = std::move(candidate)]() mutable {
    core.shard(owner).engine().take(std::move(candidate));
  });
}

void EngineHttp::open_websocket(Candidate candidate, const HttpRequest& request) {
  auto owned = std::make_unique<net::WebSocketConnection>(
      shard_.loop(), candidate.fd.release(), candidate.address, shard_.options().max_payload);
  auto& connection = *owned;
  shard_.loop().add(std::move(owned));
  connection.send(net::switching_protocols(candidate.key, {}));
  shard_
      .add_session(std::make_unique<Session>(shard_, new_session_id(shard_.index()),
                                             Transport::websocket,
                                             handshake_of(request, Transport::websocket)))
      .open(connection);
  if (!candidate.unread.empty()) connection.take(std::move(candidate.unread));
}

void EngineHttp::take(Candidate candidate) {
  auto owned = std::make_unique<net::WebSocketConnection>(
      shard_.loop(), candidate.fd.release(), candidate.address, shard_.options().max_payload);
  auto& connection = *owned;
  shard_.loop().add(std::move(owned));
  Session* const session = shard_.find_session(candidate.sid);
  if (!session || !session->may_upgrade()) {
    connection.send(
        plain_error(session ? HandshakeError::bad_request : HandshakeError::session_unknown));
    return connection.finish();
  }
  connection.send(net::switching_protocols(candidate.key, {}));
  session->take_candidate(connection);
  if (!candidate.unread.empty()) connection.take(std::move(candidate.unread));
}

}  // namespace lectern::server
