#include "app/gateway.h"

#include <utility>

#include <lectern/error.h>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "app/http_target.h"

namespace lectern::app {
namespace {

ConnectError connect_error(const Failure& failure) {
  auto data = error_object(failure);
  data.erase("message");
  return {failure.message, std::make_shared<const boost::json::value>(std::move(data))};
}

// Clients of Socket.IO 2 have no payload in their CONNECT; their query has the token.
std::string token_of(const Socket& socket) {
  const auto* object = socket.auth().if_object();
  const auto* token = object ? object->if_contains("token") : nullptr;
  if (token && token->is_string()) return std::string(token->get_string());
  const auto query = socket.handshake().query;
  if (query_parameter(query, "EIO") != "3") return {};
  return query_parameter(query, "token").value_or(std::string());
}

// What a client reads before the transport closes for its own fault; stock clients come back.
boost::json::object closing_notice(Errc reason) {
  const auto notice = [](std::string_view type, std::string_view message) {
    return boost::json::object{{"type", type}, {"message", message}, {"retry", true}};
  };
  switch (reason) {
    case Errc::payload_too_large:
      return notice("PAYLOAD_TOO_LARGE", "The message is larger than the server takes");
    case Errc::slow_reader:
      return notice("SERVER_BUSY", "slow_reader: too much was waiting to be read");
    case Errc::ping_timeout: return notice("SERVER_BUSY", "ping_timeout: no sign of life in time");
    default:
      return notice("VALIDATION_ERROR",
                    std::string("Validation error: ") + name_of(reason) + " on the connection");
  }
}

// What was lost is its owner's alone, whose present token counts from now on.
bool take_over(Session& lost, const Session& present) {
  if (lost.caller->claims.user_id != present.caller->claims.user_id) return false;
  lost.caller = present.caller;
  return true;
}

// No event of a class has a place for bytes.
gate::Parsed<boost::json::object> binary_refused() {
  return gate::ValidationError{"", "Validation error: the payload must not be binary"};
}

}  // namespace

void Gateway::install() {
  auto& classroom = parts_.environment.server.of("/");
  classroom.use = [this](Socket& socket, Next next) { admit(socket, std::move(next)); };
  classroom.may_come_back = [](Socket& socket, const std::shared_ptr<void>& lost) {
    return take_over(*static_cast<Session*>(lost.get()), session_of(socket));
  };
  classroom.on_connection = [this](Socket& socket) { enter(socket); };
  classroom.on_event = [this](Socket& socket, Event& event) { receive(socket, event); };
  classroom.on_closing = [](Socket& socket, Errc reason) {
    socket.emit("server:disconnect", closing_notice(reason));
  };
  classroom.on_disconnect = [this](Socket& socket, DisconnectReason) { leave(socket); };
  parts_.environment.server.on_silent_end([this](const Handshake& handshake) {
    static_cast<void>(parts_.admission.failed_connection(limit_key(handshake), wall_clock()));
  });
}

void Gateway::admit(Socket& socket, Next next) {
  // Stock clients stay away after a refusal, and come back when the connection breaks.
  if (parts_.environment.draining || parts_.environment.full)
    return socket.close_transport("server shutting down");
  auto caller = parts_.callers.identify(token_of(socket));
  if (!caller) {
    const auto refusal =
        parts_.admission.failed_connection(limit_key(socket.handshake()), wall_clock());
    auto failure = refusal ? failure_of(*refusal) : failure_of(caller.error());
    parts_.environment.counters.refused(failure);
    return next(connect_error(failure));
  }
  auto session = std::make_shared<Session>();
  session->caller = std::move(*caller);
  socket.data = std::move(session);
  next(std::nullopt);
}

std::string Gateway::limit_key(const Handshake& handshake) const {
  return limit_key_of(parts_.callers.address_of(handshake.address, handshake.forwarded_for));
}

void Gateway::receive(Socket& socket, Event& event) {
  parts_.environment.counters.received(event.name);
  if (event.name == "pong") return event.ack(acknowledgement(boost::json::object{}));
  auto reply = reply_to(socket, event);
  auto payload = event.attachments.empty() ? gate::payload_of(event.args) : binary_refused();
  auto* malformed = std::get_if<gate::ValidationError>(&payload);
  // The arguments live in the memory of the handler's call, the request longer.
  auto object = malformed ? boost::json::object{}
                          : boost::json::object(std::move(std::get<boost::json::object>(payload)),
                                                boost::json::storage_ptr{});
  if (event.name == "ping" || event.name == "auth:refresh") {
    if (malformed) return reply(failure_of(*malformed));
    return reply(event.name == "ping" ? answer_ping(std::move(object))
                                      : renew(socket, std::move(object)));
  }
  const auto* kind = find_event(event.name);
  if (!kind && !parts_.environment.config.own_events) return reply(unknown_event());
  auto request = std::make_shared<Request>();
  if (!kind) request->own_name = event.name;
  request->event = kind ? kind->name : request->own_name;
  request->payload = std::move(object);
  if (malformed) request->malformed = std::move(*malformed);
  auto& session = session_of(socket);
  if (!session.under_way)
    session.under_way = std::make_shared<RequestsUnderWay>(parts_.environment.server, socket.ref());
  request->under_way = UnderWay(session.under_way, socket);
  request->caller = session.caller;
  request->socket = socket.ref();
  request->received_at = event.received_at;
  if (parts_.environment.shared_limits.any()) request->address = limit_key(socket.handshake());
  request->reply = std::move(reply);
  parts_.pipeline.submit(request);
}

void Gateway::enter(Socket& socket) {
  auto& session = session_of(socket);
  parts_.live.add(socket, session.caller);
  if (!socket.recovered()) return;
  session.under_way = nullptr;  // those under way are the lost socket's
  for (const auto& room : session.rooms)
    parts_.pipeline.connection_returned(room, socket.ref(), session.caller);
}

void Gateway::leave(Socket& socket) {
  parts_.live.remove(socket);
  if (!socket.data) return;
  for (const auto& room : session_of(socket).rooms) {
    parts_.pipeline.connection_lost(room, socket.ref());
  }
}

Outcome Gateway::answer_ping(boost::json::object payload) const {
  auto parsed = gate::parse_ping(payload);
  if (const auto* error = std::get_if<gate::ValidationError>(&parsed)) return failure_of(*error);
  boost::json::object answer{{"serverTime", parts_.environment.clock.now()}};
  if (const auto sent_at = std::get<gate::Ping>(parsed).sent_at) answer["sentAt"] = *sent_at;
  return answer;
}

Outcome Gateway::renew(Socket& socket, boost::json::object payload) {
  auto parsed = gate::parse_auth_refresh(payload);
  if (const auto* error = std::get_if<gate::ValidationError>(&parsed)) return failure_of(*error);
  auto caller = parts_.callers.identify(std::get<gate::AuthRefresh>(parsed).token);
  if (!caller) return failure_of(caller.error());
  auto& session = session_of(socket);
  if ((*caller)->claims.user_id != session.caller->claims.user_id) {
    return Failure{"INVALID_TOKEN", "The token is somebody else's"};
  }
  session.caller = std::move(*caller);
  parts_.live.add(socket, session.caller);
  return boost::json::object{{"expiresAt", session.caller->claims.expires_at * 1000}};
}

Reply Gateway::reply_to(const Socket& socket, const Event& event) {
  return [&server = parts_.environment.server, &counters = parts_.environment.counters,
          ref = socket.ref(), ack = event.ack](Outcome outcome) {
    const auto* failure = std::get_if<Failure>(&outcome);
    if (failure) counters.refused(*failure);
    if (ack.requested()) {
      ack(acknowledgement(std::move(outcome)));
    } else if (failure) {
      server.emit_to_socket(ref, "error", error_object(*failure));
    }
  };
}

}  // namespace lectern::app
