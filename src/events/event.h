#pragma once

#include <cstdint>
#include <string>

#include "base/time.h"
#include "base/uuid.h"

namespace lectern::events {

// What a decision says happened, before the log gave it a version.
struct NewEvent {
  Uuid id;
  std::string type;     // "chat:message_posted", "quiz:answer_submitted", …
  std::string payload;  // JSON object in text; the log does not look inside
  TimeMs timestamp = 0;
};

// What happened. Immutable. E1: DomainEvent{id, type, aggregateId, payload, timestamp, version}.
struct DomainEvent {
  Uuid id;
  std::string type;
  Uuid aggregate;
  std::string payload;
  TimeMs timestamp = 0;
  std::uint64_t version = 0;   // 1, 2, 3 … per aggregate, without gaps
  std::uint64_t position = 0;  // ascending over all aggregates
};

}  // namespace lectern::events
