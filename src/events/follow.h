#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>

#include "events/event_log.h"

namespace lectern::events {

// Wakes those who wait for a log to grow. Any thread.
class Growth {
 public:
  // How often it grew, and was woken, so far.
  std::uint64_t count() const;
  // After new events can be read; and to wake those who are to stop.
  void tell();
  // Until the count is no longer `seen`.
  void wait(std::uint64_t seen) const;

 private:
  mutable std::mutex mutex_;  // guards count_
  mutable std::condition_variable told_;
  std::uint64_t count_ = 0;
};

// EventLog::subscribe() for a log whose positions become readable in ascending order and which
// tells `growth` afterwards: one thread that reads `log` on from where it stopped. Both outlive
// the Subscription.
std::unique_ptr<Subscription> follow(EventLog& log, Growth& growth, std::uint64_t from_position,
                                     EventLog::Visitor visit);

}  // namespace lectern::events
