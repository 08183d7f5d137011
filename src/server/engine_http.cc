#include "server/engine_http.h"

#include <utility>

#include "base/contained.h"
#include "server/server_core.h"
#include "server/session.h"
#include "server/session_id.h"
#include "server/shard.h"

namespace lectern::server {

using engine::HandshakeError;
using engine::Transport;

namespace {

HttpResponse busy_response(bool draining) {
  HttpResponse response;
  response.status = 503;
  response.headers = {{"Content-Type", "application/json"}, {"Retry-After", "1"}};
  response.body =
      draining ? R"({"error":{"type":"SERVER_DRAINING","message":"The server is going down"}})"
               : R"({"error":{"type":"SERVER_BUSY","message":"Too many connections"}})";
  return response;
}

}  // namespace

Handshake handshake_of(const HttpRequest& request, Transport transport, const Options& options) {
  Handshake handshake;
  handshake.address = request.address;
  handshake.query = request.query;
  handshake.transport = transport == Transport::polling ? "polling" : "websocket";
  handshake.user_agent = request.header("User-Agent");
  handshake.forwarded_for = request.header("X-Forwarded-For");
  for (const auto& name : options.handshake_headers)
    if (const auto value = request.header(name); !value.empty())
      handshake.headers.emplace_back(name, value);
  return handshake;
}

void EngineHttp::on_request(net::HttpConnection& connection, HttpExchange exchange,
                            HttpRequest request) {
  const auto& options = shard_.options();
  auto parsed = engine::parse_handshake_query(request.query, options.allow_eio3);
  if (!parsed) return shard_.answer_error(exchange, parsed.error());
  const auto& query = *parsed;
  const bool websocket = query.transport == Transport::websocket;
  if (websocket ? !options.websocket : !options.polling)
    return shard_.answer_error(exchange, HandshakeError::transport_unknown);
  // Callbacks in script tags are for browsers that are gone.
  if (query.jsonp) return shard_.answer_error(exchange, HandshakeError::bad_request);
  const bool wants_upgrade = lists(request.header("Upgrade"), "websocket");
  if (query.sid.empty()) {
    if (request.method != "GET") return shard_.answer_error(exchange, HandshakeError::bad_method);
    if (websocket != wants_upgrade)
      return shard_.answer_error(exchange, HandshakeError::bad_request);
    bool allowed = !options.allow_request;
    if (!allowed) contained(options.log, [&] { allowed = options.allow_request(request); });
    if (!allowed) return shard_.answer_error(exchange, HandshakeError::forbidden);
    if (options.client_address) {
      contained(options.log, [&] {
        request.address =
            options.client_address(request.address, request.header("X-Forwarded-For"));
      });
    }
    return websocket ? upgrade(connection, exchange, request, query)
                     : open(exchange, query, request);
  }
  const auto owner = shard_of(query.sid);
  if (!owner || *owner >= shard_.core().shards())
    return shard_.answer_error(exchange, HandshakeError::session_unknown);
  if (websocket && wants_upgrade) return upgrade(connection, exchange, request, query);

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

bool EngineHttp::admit(const HttpExchange& exchange, const HttpRequest& request) {
  auto& core = shard_.core();
  const bool draining = !core.accepting();
  if (!draining && !core.refusing() && core.sessions() < shard_.options().max_connections &&
      core.waiting().enter(
          core.account_of(request.address, std::string(request.header("X-Forwarded-For")))))
    return true;
  shard_.counters().connections_refused.add();
  shard_.answer(exchange, busy_response(draining));
  return false;
}

void EngineHttp::open(const HttpExchange& exchange, const engine::HandshakeQuery& query,
                      const HttpRequest& request) {
  if (!admit(exchange, request)) return;
  shard_
      .add_session(
          std::make_unique<Session>(shard_, new_session_id(shard_.index()), query,
                                    handshake_of(request, Transport::polling, shard_.options())))
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
                         const HttpRequest& request, engine::HandshakeQuery query) {
  if (!may_open_websocket(shard_, connection, exchange, request)) return;
  if (query.sid.empty()) {
    if (admit(exchange, request)) open_websocket(take_offer(connection, request), query, request);
    return;
  }
  const unsigned owner = *shard_of(query.sid);
  auto& core = shard_.core();
  core.run_on(owner, [&core, owner, offer = take_offer(connection, request),
                      sid = std::move(query.sid)]() mutable {
    core.shard(owner).engine().take(std::move(offer), sid);
  });
}

void EngineHttp::open_websocket(WebSocketOffer offer, const engine::HandshakeQuery& query,
                                const HttpRequest& request) {
  auto sid = new_session_id(shard_.index());
  const auto& cookie = shard_.options().cookie;
  auto& connection = accept_offer(
      shard_, offer, cookie.empty() ? "" : "Set-Cookie: " + session_cookie(cookie, sid) + "\r\n");
  shard_
      .add_session(
          std::make_unique<Session>(shard_, std::move(sid), query,
                                    handshake_of(request, Transport::websocket, shard_.options())))
      .open(connection);
  if (!offer.unread.empty()) connection.take(std::move(offer.unread));
}

void EngineHttp::take(WebSocketOffer offer, const std::string& sid) {
  Session* const session = shard_.find_session(sid);
  if (!session) return refuse_offer(shard_, offer, HandshakeError::session_unknown);
  auto& connection = accept_offer(shard_, offer);
  if (!session->may_upgrade()) return connection.close(websocket::CloseCode::policy_violation);
  session->take_candidate(connection);
  if (!offer.unread.empty()) connection.take(std::move(offer.unread));
}

}  // namespace lectern::server
