#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "events/event.h"

namespace lectern::redis {

// An event as it stands in `events:<aggregateId>` and goes through `domain-events`:
//
//   {"id":"…","type":"…","aggregateId":"…","payload":{…},"timestamp":1700000000000,"version":7}
//
// without spaces, the fields in this order. The payload stands there byte for byte; in the type, a
// quote, a backslash and control characters are written as \u00XX, so that no quote is inside it.

// The member up to its version, which the log gives it: `…"version":`. Then the number and `}`.
std::string member_head(const events::NewEvent& event, const Uuid& aggregate);

// The event, without its position. Nothing for any other text.
std::optional<events::DomainEvent> parse_member(std::string_view member);

}  // namespace lectern::redis
