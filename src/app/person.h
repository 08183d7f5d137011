#pragma once

#include <optional>
#include <string>

#include "events/event.h"

namespace lectern::app {

// Whether the user's id stands anywhere in the event: as its author, its target or otherwise.
bool concerns(const events::DomainEvent& event, const std::string& user_id);

// The event's payload without the person, or nothing when it has nothing to hide: names beside the
// user's id, what the user wrote in the chat or sent as an
// event of the operator's own, and reasons for what a moderator did with the user.
// The id stays, so that scores, seats and sanctions still belong to one and the same participant;
// what the classroom folds stays as well. What others wrote about the person is not known here.
std::optional<std::string> without_person(const events::DomainEvent& event,
                                          const std::string& user_id);

}  // namespace lectern::app
