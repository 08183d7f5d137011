#include "gate/limiter.h"

#include <algorithm>
#include <cassert>

namespace lectern::gate {
namespace {

constexpr std::size_t kFirstEntries = 4;

std::uint32_t requests_per_entry(std::uint32_t max) {
  return (max + SlidingLog::kExact - 1) / SlidingLog::kExact;
}

}  // namespace

std::uint32_t SlidingLog::count(std::uint32_t per_entry) const {
  return entries_ == 0 ? 0 : (entries_ - 1) * per_entry + newest_holds_;
}

Verdict SlidingLog::peek(std::int64_t window_ms, std::uint32_t max, TimeMs now) {
  assert(max > 0);
  const auto size = static_cast<std::uint32_t>(ring_.size());
  if (entries_ > 0) now = std::max(now, ring_[(head_ + entries_ - 1) % size]);
  while (entries_ > 0 && now - ring_[head_] >= window_ms) {
    head_ = (head_ + 1) % size;
    --entries_;
  }
  const auto held = count(requests_per_entry(max));
  const auto oldest_leaves = (entries_ > 0 ? ring_[head_] : now) + window_ms;
  if (held < max) return {true, max - held - 1, oldest_leaves, 0};
  return {false, 0, oldest_leaves, oldest_leaves - now};
}

void SlidingLog::record(std::uint32_t max, TimeMs now) {
  const auto per_entry = requests_per_entry(max);
  if (entries_ > 0) {
    auto& newest = ring_[(head_ + entries_ - 1) % ring_.size()];
    now = std::max(now, newest);
    if (newest_holds_ < per_entry) {
      newest = now;
      ++newest_holds_;
      return;
    }
  }
  if (entries_ == ring_.size()) grow((max + per_entry - 1) / per_entry);
  ring_[(head_ + entries_) % ring_.size()] = now;
  ++entries_;
  newest_holds_ = 1;
}

void SlidingLog::grow(std::size_t most) {
  const auto size = std::min(most, std::max(kFirstEntries, ring_.size() * 2));
  if (size <= ring_.size()) {  // more was recorded than is allowed: the oldest makes room
    head_ = static_cast<std::uint32_t>((head_ + 1) % ring_.size());
    --entries_;
    return;
  }
  std::rotate(ring_.begin(), ring_.begin() + head_, ring_.end());
  head_ = 0;
  ring_.resize(size);
}

bool SlidingLog::idle(std::int64_t window_ms, TimeMs now) const {
  return entries_ == 0 || now - ring_[(head_ + entries_ - 1) % ring_.size()] >= window_ms;
}

Verdict Limiter::peek(std::string_view key, TimeMs now) {
  if (max_ == 0) return {};
  const auto found = logs_.find(key);
  if (found == logs_.end()) return {true, max_ - 1, now + window_ms_, 0};
  auto verdict = found->second.peek(window_ms_, max_, now);
  // A clock that went back must not promise an earlier time than the log will keep.
  if (!verdict.allowed)
    verdict.retry_after_ms = std::max<std::int64_t>(verdict.reset_time - now, 1);
  return verdict;
}

void Limiter::record(std::string_view key, TimeMs now) {
  if (max_ == 0) return;
  auto found = logs_.find(key);
  if (found == logs_.end()) found = logs_.emplace(std::string(key), SlidingLog{}).first;
  found->second.record(max_, now);
}

Verdict Limiter::check(std::string_view key, TimeMs now) {
  const auto verdict = peek(key, now);
  if (verdict.allowed) record(key, now);
  return verdict;
}

void Limiter::forget(std::string_view key) {
  if (const auto found = logs_.find(key); found != logs_.end()) logs_.erase(found);
}

void Limiter::sweep(TimeMs now) {
  std::erase_if(logs_, [&](const auto& entry) { return entry.second.idle(window_ms_, now); });
}

}  // namespace lectern::gate
