#include "app/request.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "identity/permission_table.h"
#include "identity/roles.h"

namespace lectern::app {
namespace {

template <auto parse>
std::variant<Payload, gate::ValidationError> parsed(boost::json::object& payload) {
  auto result = parse(payload);
  if (auto* error = std::get_if<gate::ValidationError>(&result)) return std::move(*error);
  return Payload(std::move(std::get<0>(result)));
}

constexpr EventKind kEvents[] = {
    {"chat:message", parsed<gate::parse_chat_message>},
    {"user:action", parsed<gate::parse_user_action>},
    {"quiz:answer", parsed<gate::parse_quiz_answer>},
    {"chat:history", parsed<gate::parse_chat_history>},
    {"chat:moderate", parsed<gate::parse_chat_moderate>},
    {"quiz:create", parsed<gate::parse_quiz_create>},
    {"quiz:start", parsed<gate::parse_host_command>},
    {"quiz:next", parsed<gate::parse_host_command>},
    {"quiz:close_question", parsed<gate::parse_host_command>},
    {"quiz:pause", parsed<gate::parse_host_command>},
    {"quiz:resume", parsed<gate::parse_host_command>},
    {"quiz:end", parsed<gate::parse_host_command>},
    {"quiz:state", parsed<gate::parse_quiz_state>},
    {"room:create", parsed<gate::parse_room_create>},
    {"room:configure", parsed<gate::parse_room_configure>},
    {"room:close", parsed<gate::parse_room_close>},
    {"room:participants", parsed<gate::parse_room_participants>},
};

// An event without a row in the table of permissions does not compile.
static_assert(std::all_of(std::begin(kEvents), std::end(kEvents), [](const EventKind& kind) {
  return identity::has_event_row(kind.name);
}));

struct AggregateOf {
  Uuid operator()(const gate::UserAction& payload) const { return payload.target; }
  Uuid operator()(const gate::RoomCreate&) const { return {}; }
  Uuid operator()(const gate::HostCommand& payload) const { return payload.session; }
  Uuid operator()(const gate::QuizAnswer& payload) const { return payload.session; }
  Uuid operator()(const gate::QuizState& payload) const { return payload.session; }
  template <class T>
  Uuid operator()(const T& payload) const {
    return payload.room;
  }
};

}  // namespace

bool Caller::holds(std::string_view permission) const {
  return identity::grants(permissions, permission);
}

void answer(Request& request, Outcome outcome) noexcept {
  if (!request.reply) return;
  auto reply = std::exchange(request.reply, nullptr);
  try {
    reply(std::move(outcome));
  } catch (...) {  // no memory for an answer: this peer waits in vain, the others do not
  }
}

const EventKind* find_event(std::string_view name) {
  for (const auto& event : kEvents) {
    if (event.name == name) return &event;
  }
  return nullptr;
}

Uuid aggregate_of(const Payload& payload) { return std::visit(AggregateOf{}, payload); }

}  // namespace lectern::app
