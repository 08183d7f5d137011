#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "events/event_log.h"
#include "events/follow.h"

namespace lectern::events {

// An event log that lasts as long as the object: for tests, and for servers that need no history.
//
// Any thread. Completions run one after the other in the order in which the appends took effect,
// on the thread of a caller of append(), and without a lock held: they may call the log again. An
// append made inside a completion completes after that one has returned.
class MemoryLog final : public EventLog {
 public:
  void append(Append append, Done done) override;
  std::vector<DomainEvent> read(const Uuid& aggregate, std::uint64_t from_version,
                                std::size_t limit) override;
  void read_all(std::uint64_t from_position, Visitor visit) override;
  std::unique_ptr<Subscription> subscribe(std::uint64_t from_position, Visitor visit) override;
  bool writable() const override { return true; }

 private:
  struct Aggregate {
    std::vector<std::size_t> events;  // indices into events_, by version
    std::unordered_map<std::string, std::uint64_t> first_version_by_key;
  };

  AppendResult write(Append& append);

  Growth growth_;
  std::mutex mutex_;                // guards everything below
  std::deque<DomainEvent> events_;  // position n is at index n - 1
  std::unordered_map<Uuid, Aggregate> aggregates_;
  std::deque<std::pair<Done, AppendResult>> completions_;
  bool completing_ = false;  // some thread is running completions
};

}  // namespace lectern::events
