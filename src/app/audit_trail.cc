#include "app/audit_trail.h"

#include <iterator>
#include <utility>
#include <vector>

namespace lectern::app {

AuditTrail::AuditTrail(identity::AccountStore& store) : store_(store), thread_([this] { run(); }) {}

void AuditTrail::record(identity::AuditEntry entry) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || waiting_.size() >= kQueue) {
      ++dropped_;
      return;
    }
    waiting_.push_back(std::move(entry));
  }
  arrived_.notify_one();
}

void AuditTrail::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  arrived_.notify_one();
  if (thread_.joinable()) thread_.join();
}

std::uint64_t AuditTrail::dropped() const {
  const std::lock_guard lock(mutex_);
  return dropped_;
}

void AuditTrail::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    arrived_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    const std::vector<identity::AuditEntry> batch(std::make_move_iterator(waiting_.begin()),
                                                  std::make_move_iterator(waiting_.end()));
    waiting_.clear();
    lock.unlock();
    const bool written = store_.add_audit(batch) == identity::StoreOutcome::done;
    lock.lock();
    if (!written) dropped_ += batch.size();
  }
}

}  // namespace lectern::app
