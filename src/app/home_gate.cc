#include "app/home_gate.h"

#include <string_view>

#include "identity/permissions.h"

namespace lectern::app {
namespace {

std::string_view action_of(const boost::json::object& payload) {
  const auto* action = payload.if_contains("action");
  if (!action || !action->is_string()) return {};
  return {action->get_string().data(), action->get_string().size()};
}

}  // namespace

std::optional<Failure> HomeGate::admit(Request& request, TimeMs now) {
  const auto* kind = find_event(request.event);
  const bool own = !kind && own_ && own_->contains(request.event);
  if (!kind && !own) return unknown_event();
  if (const auto refusal = limits_.admit(request.event, request.user_id(), now)) {
    return failure_of(*refusal);
  }
  const auto requirement =
      own ? identity::Requirement{identity::Access::permission, request.event, {}}
          : identity::requirement_of_event(request.event, action_of(request.payload));
  if (!requirement || !identity::satisfies(*requirement, request.caller->permissions)) {
    return Failure{"FORBIDDEN", std::string(requirement ? identity::denial_message(*requirement)
                                                        : "Insufficient permissions")};
  }
  if (request.malformed) return failure_of(*request.malformed);
  if (own) {
    auto parsed = own_->parse(request.event, request.payload);
    if (const auto* error = std::get_if<gate::ValidationError>(&parsed)) return failure_of(*error);
    request.parsed = std::move(std::get<gate::OwnEvent>(parsed));
    return std::nullopt;
  }
  auto parsed = kind->parse(request.payload);
  if (const auto* error = std::get_if<gate::ValidationError>(&parsed)) return failure_of(*error);
  request.parsed = std::move(std::get<Payload>(parsed));
  return std::nullopt;
}

}  // namespace lectern::app
