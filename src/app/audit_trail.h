#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <thread>

#include "identity/account_store.h"

namespace lectern::app {

// Who did what to whom, on its way into the store. A thread of its own writes what has come
// together in one go, so nobody who does something waits for a disk. What waits when the process is
// killed is lost.
class AuditTrail {
 public:
  static constexpr std::size_t kQueue = 4096;

  // `store` outlives this object.
  explicit AuditTrail(identity::AccountStore& store);
  ~AuditTrail() { stop(); }
  AuditTrail(const AuditTrail&) = delete;
  AuditTrail& operator=(const AuditTrail&) = delete;

  // Any thread. Beyond kQueue waiting entries the entry is dropped and counted.
  void record(identity::AuditEntry entry);

  void stop();  // writes what waits and ends the thread

  std::uint64_t dropped() const;  // also those that the store refused

 private:
  void run();

  identity::AccountStore& store_;
  mutable std::mutex mutex_;  // guards all that follows but thread_
  std::condition_variable arrived_;
  std::deque<identity::AuditEntry> waiting_;
  std::uint64_t dropped_ = 0;
  bool stopping_ = false;
  std::thread thread_;  // it uses everything above
};

}  // namespace lectern::app
