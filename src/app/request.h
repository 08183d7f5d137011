#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <boost/json/object.hpp>

#include <lectern/socket.h>

#include "app/failure.h"
#include "app/requests_under_way.h"
#include "base/time.h"
#include "gate/own_events.h"
#include "gate/payloads.h"
#include "identity/token.h"

namespace lectern::app {

// Somebody whose token was checked. Immutable and shared: a renewed token makes a new one.
struct Caller {
  identity::AccessClaims claims;         // username is cleaned
  std::vector<std::string> permissions;  // what they hold
  bool holds(std::string_view permission) const;
};

// A payload that passed the gate.
using Payload = std::variant<gate::UserAction, gate::RoomCreate, gate::RoomConfigure,
                             gate::RoomClose, gate::RoomParticipants, gate::ChatMessage,
                             gate::ChatHistory, gate::ChatModerate, gate::QuizCreate,
                             gate::HostCommand, gate::QuizAnswer, gate::QuizState, gate::OwnEvent>;

// A client event, or the same thing asked for over HTTP, on its way through the pipeline. One
// shard after the other has it; never two at once.
struct Request {
  std::string_view event;  // of the table of events, so it lives for ever; else `own_name`
  std::string own_name;    // of an event that the table does not have
  boost::json::object payload;
  std::shared_ptr<const Caller> caller;
  SocketRef socket;        // of the connection that asked
  bool over_http = false;  // then there is no socket
  std::string address;     // as limit_key_of() has it; empty unless a rule may ask
  TimeMs received_at = 0;  // when the bytes were read
  UnderWay under_way;
  Reply reply;
  std::optional<gate::ValidationError> malformed;  // the arguments hold no payload at all
  std::optional<Payload> parsed;                   // once it has passed the gate
  unsigned conflicts = 0;                          // other nodes were first so often
  Uuid fresh_id;                                   // room:create: of the room to be made

  const std::string& user_id() const { return caller->claims.user_id; }
};
using RequestPtr = std::shared_ptr<Request>;

// Gives the request its answer, the first time that it is called for it; never throws.
void answer(Request& request, Outcome outcome) noexcept;

// One event that the classroom understands.
struct EventKind {
  std::string_view name;
  std::variant<Payload, gate::ValidationError> (*parse)(boost::json::object& payload);
};

// Null for an event that no client may send. `ping`, `pong` and `auth:refresh` are not here: the
// connection's own shard answers them.
const EventKind* find_event(std::string_view name);

// The room or session whose owner decides. room:create names none: a zero id.
Uuid aggregate_of(const Payload& payload);

}  // namespace lectern::app
