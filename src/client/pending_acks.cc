#include "client/pending_acks.h"

namespace lectern::client {

void PendingAcks::add(std::uint64_t id, SteadyClock::time_point deadline, Entry entry) {
  waiting_.emplace(id, Waiting{std::move(entry), deadlines_.emplace(deadline, id)});
}

AckHandler PendingAcks::take(std::uint64_t id) {
  const auto found = waiting_.find(id);
  if (found == waiting_.end()) return {};
  deadlines_.erase(found->second.deadline);
  AckHandler handler = std::move(found->second.entry.handler);
  waiting_.erase(found);
  return handler;
}

std::optional<SteadyClock::time_point> PendingAcks::next() const {
  if (deadlines_.empty()) return std::nullopt;
  return deadlines_.begin()->first;
}

std::optional<std::uint64_t> PendingAcks::expired(SteadyClock::time_point now) const {
  if (deadlines_.empty() || deadlines_.begin()->first > now) return std::nullopt;
  return deadlines_.begin()->second;
}

}  // namespace lectern::client
