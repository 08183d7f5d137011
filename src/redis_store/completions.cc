#include "redis_store/completions.h"

namespace lectern::redis {

Completions::~Completions() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    came_.notify_one();
  }
  thread_.join();
}

void Completions::add(events::EventLog::Done done, events::AppendResult result) {
  const std::lock_guard lock(mutex_);
  waiting_.emplace_back(std::move(done), result);
  came_.notify_one();
}

void Completions::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    came_.wait(lock, [this] { return ending_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    auto [done, result] = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    done(result);
    done = nullptr;  // what it captured is released without the lock, too
    lock.lock();
  }
}

}  // namespace lectern::redis
