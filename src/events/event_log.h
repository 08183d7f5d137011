#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <lectern/unique_function.h>

#include "events/event.h"

namespace lectern::events {

enum class AppendError {
  conflict,           // the aggregate is at another version than expected
  store_unavailable,  // nothing was written; or whether it was cannot be known (fsync failed)
};

struct Append {
  Uuid aggregate;
  std::optional<std::uint64_t> expected_version;  // the current one (0: no event yet); none: any
  std::vector<NewEvent> events;                   // at least one; all are written, or none
  std::string idempotency_key;  // empty: none. Unique per aggregate, written with the events.
};

// The answer to one append.
struct AppendResult {
  std::optional<AppendError> error;
  std::uint64_t first_version = 0;  // of the events written; with `conflict` the actual version
  bool repeated = false;  // the key was there already: first_version is that of the first time,
                          // nothing was written now
};

// Holds a subscription of EventLog::subscribe() open. Destroying it ends the subscription: it waits
// for a running visit, unless the visit itself destroys it, and then no other follows.
class Subscription {
 public:
  virtual ~Subscription() = default;
};

// Append-only log of domain events; the only way in which classroom state changes. Any thread.
class EventLog {
 public:
  using Done = UniqueFunction<void(AppendResult)>;
  using Visitor = UniqueFunction<bool(const DomainEvent&)>;  // false: enough

  virtual ~EventLog() = default;

  // Appends in the order of the calls. `done` runs once the events are durable, on the log's own
  // thread or a caller's: it must be short and must not throw; it may call the log. Appends to one
  // aggregate complete in order, except that an append which the log cannot even queue (its queue
  // is full, the log is closed or not writable) is refused at once, inside the call.
  virtual void append(Append append, Done done) = 0;

  // Events of one aggregate from `from_version` (inclusive), ascending, at most `limit`. Sees at
  // least what was acknowledged before the call. Ends before an event that is damaged or cannot be
  // read; from then on the log is not writable, so that nothing is decided on half a history.
  virtual std::vector<DomainEvent> read(const Uuid& aggregate, std::uint64_t from_version,
                                        std::size_t limit) = 0;

  // All events by ascending position, from `from_position` (inclusive); ends like read(). The
  // visitor may call the log.
  virtual void read_all(std::uint64_t from_position, Visitor visit) = 0;

  // Catches up, then follows: every event from `from_position` (inclusive) once, ascending and
  // without a gap, whatever is appended meanwhile, until `visit` returns false or the Subscription
  // is destroyed. The visits run on a thread of the subscription's own, so that a slow one delays
  // nothing else; they may call the log. An event may be visited before its append completes.
  // Comes to a halt before an event that is damaged or cannot be read, like read_all(). The log
  // outlives the Subscription and a visit that destroys it.
  [[nodiscard]] virtual std::unique_ptr<Subscription> subscribe(std::uint64_t from_position,
                                                                Visitor visit) = 0;

  // False after a failure that only a restart can mend: every append is refused.
  virtual bool writable() const = 0;
};

}  // namespace lectern::events
