#pragma once

#include <string>

namespace lectern::redis {

// The log's scripts: what Redis does in one step, with nobody else in between.
// docs/formats/redis-log.md says what the keys hold.

// KEYS: events of the aggregate, order, idempotency keys of the aggregate, fence of the writer.
// ARGV: fence, aggregate, expected version or "", idempotency key or "", "1" when it may have been
// carried out before, channel, then for each event its id and its member_head().
// Answers ["done", first version, last position], ["repeated", first version], ["conflict", actual
// version] or ["stale"]: the fence is another one, nothing was done.
extern const std::string kAppendScript;

// KEYS: events of the aggregate, order. ARGV: aggregate, first version, most events.
// Answers [version, position, member, …], ascending; less than asked for when that is long.
extern const std::string kReadScript;

// KEYS: order. ARGV: first position, most entries, what stands before an aggregate's id in its key.
// Answers [position, member, …], ascending. The member is "" when there is none for the entry, and
// "-" when the entry is none of the log's.
extern const std::string kReadAllScript;

// KEYS: order. Answers the last position, "0" for none.
extern const std::string kEndScript;

}  // namespace lectern::redis
