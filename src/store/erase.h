#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/time.h"
#include "events/event.h"

namespace lectern::store {

// Erases a person from the database of a store that nothing else has open, in one transaction: the
// payload of every event for which `redact` returns one becomes that, while its id, version and
// position stay and its checksum is made anew; account, addresses, refresh tokens and what the
// audit trail says besides the user's id go, and every token of the user is dead. What was there is
// overwritten in the file. Returns how many events have another payload. Throws DatabaseError, also
// when an event is damaged: then nothing was erased.
using Redact = std::function<std::optional<std::string>(const events::DomainEvent&)>;
std::uint64_t erase_user(const std::string& file, const std::string& user_id, const Redact& redact,
                         TimeMs now);

}  // namespace lectern::store
