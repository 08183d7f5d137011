#pragma once

#include <string>

#include "base/uuid.h"

namespace lectern::redis {

// The names of what the log keeps in Redis; docs/formats/redis-log.md says what they hold.
struct LogKeys {
  std::string prefix;  // redis.prefix

  std::string events(const Uuid& aggregate) const {
    return events_before() + aggregate.to_string();
  }
  std::string events_before() const { return prefix + "events:"; }
  std::string channel() const { return prefix + "domain-events"; }
  std::string order() const { return prefix + "event-order"; }
  // In the same hash slot as the events.
  std::string idempotency(const Uuid& aggregate) const {
    return prefix + "event-keys:{" + events(aggregate) + '}';
  }
  std::string fence(const Uuid& writer) const {
    return prefix + "event-writer:" + writer.to_string();
  }
};

}  // namespace lectern::redis
