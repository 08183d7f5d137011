#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "base/time.h"
#include "base/uuid.h"
#include "events/event.h"

namespace lectern::classroom {

// Who sends a command, as the server knows them; never as they say. The defaults deny.
struct Actor {
  std::string user_id;
  std::string username;
  bool admin = false;   // the role admin
  bool member = false;  // has a live connection in the room
};

// Why a command was refused: `type` is one of docs/protocol.md, "Error types"; `extra` holds the
// other members of the error object (field, actualVersion, expiresAt).
struct Failure {
  std::string type;
  std::string message;
  boost::json::object extra;

  boost::json::object to_json() const;  // {type, message, …extra}
};

Failure forbidden(std::string_view message = "Insufficient permissions");
Failure not_found(std::string_view message);
Failure not_a_member();
Failure room_closed();
Failure conflict(std::string_view message, std::uint64_t actual_version);
// "Validation error: <field> <why>".
Failure invalid(std::string_view field, std::string_view why);

// What the owner does once the events of a decision are committed, in the order given. The room
// is that of the aggregate (RoomState::id, QuizState::room).
struct ToRoom {  // to every member
  std::string event;
  boost::json::value payload;
};
struct ToUser {  // to every connection of that user in the room, if any
  std::string user_id;
  std::string event;
  boost::json::value payload;
};
struct ToHosts {  // to the members for whom is_host() holds
  std::string event;
  boost::json::value payload;
};
struct Leave {  // every connection of that user leaves the room; the connections stay open
  std::string user_id;
};
struct DeadlineSet {  // look at next_deadline() again
  TimeMs at = 0;
};
struct ProgressChanged {};  // send progress() to the hosts, at most four times a second
using Effect = std::variant<ToRoom, ToUser, ToHosts, Leave, DeadlineSet, ProgressChanged>;

// The answer to a command. With a failure everything else is empty. Without events nothing is
// appended and the reply goes out at once: the command repeats one that was carried out before.
// An event appended under an idempotency key may turn out to be `repeated`: then nothing was
// written, the head is wrong and is dropped like after a failed append, and the reply is made from
// the event that stands in the log (post_reply(), answer_reply()).
struct Decision {
  std::optional<Failure> failure;
  std::vector<events::NewEvent> events;
  std::string idempotency_key;  // empty: none
  std::vector<Effect> effects;
  boost::json::object reply;  // the fields of the positive answer, without `ok`

  static Decision refuse(Failure failure);
};

// Makes the ids of a decision's events: `first` and its successors. `first` comes from the CSPRNG
// with every command, so decide() itself draws nothing.
class EventIds {
 public:
  explicit EventIds(const Uuid& first) : next_(first) {}
  Uuid next();

 private:
  Uuid next_;
};

}  // namespace lectern::classroom
