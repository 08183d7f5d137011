#include "events/memory_log.h"

#include <algorithm>
#include <cassert>

namespace lectern::events {

void MemoryLog::append(Append append, Done done) {
  assert(!append.events.empty());
  std::unique_lock lock(mutex_);
  completions_.emplace_back(std::move(done), write(append));
  if (completing_) return;
  completing_ = true;
  while (!completions_.empty()) {
    auto [complete, result] = std::move(completions_.front());
    completions_.pop_front();
    lock.unlock();
    complete(result);
    complete = nullptr;  // what it captured is released without the lock, too
    lock.lock();
  }
  completing_ = false;
}

AppendResult MemoryLog::write(Append& append) {
  Aggregate& aggregate = aggregates_[append.aggregate];
  if (!append.idempotency_key.empty()) {
    const auto first = aggregate.first_version_by_key.find(append.idempotency_key);
    if (first != aggregate.first_version_by_key.end()) return {{}, first->second, true};
  }
  const std::uint64_t version = aggregate.events.size();
  if (append.expected_version && *append.expected_version != version) {
    return {AppendError::conflict, version, false};
  }
  for (NewEvent& event : append.events) {
    aggregate.events.push_back(events_.size());
    events_.push_back({event.id, std::move(event.type), append.aggregate, std::move(event.payload),
                       event.timestamp, aggregate.events.size(), events_.size() + 1});
  }
  if (!append.idempotency_key.empty()) {
    aggregate.first_version_by_key.emplace(std::move(append.idempotency_key), version + 1);
  }
  growth_.tell();
  return {{}, version + 1, false};
}

std::vector<DomainEvent> MemoryLog::read(const Uuid& aggregate, std::uint64_t from_version,
                                         std::size_t limit) {
  std::lock_guard lock(mutex_);
  std::vector<DomainEvent> found;
  const auto entry = aggregates_.find(aggregate);
  if (entry == aggregates_.end()) return found;
  const auto& indices = entry->second.events;
  for (std::size_t i = std::max<std::uint64_t>(from_version, 1) - 1;
       i < indices.size() && found.size() < limit; ++i) {
    found.push_back(events_[indices[i]]);
  }
  return found;
}

void MemoryLog::read_all(std::uint64_t from_position, Visitor visit) {
  for (std::size_t i = std::max<std::uint64_t>(from_position, 1) - 1;; ++i) {
    std::unique_lock lock(mutex_);
    if (i >= events_.size()) return;
    const DomainEvent& event =
        events_[i];  // a deque does not move what it holds, nor do we change it
    lock.unlock();
    if (!visit(event)) return;
  }
}

std::unique_ptr<Subscription> MemoryLog::subscribe(std::uint64_t from_position, Visitor visit) {
  return follow(*this, growth_, from_position, std::move(visit));
}

}  // namespace lectern::events
