#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include "events/event_log.h"
#include "events/memory_log.h"

namespace lectern::property {

// A log on a thread of its own that is slow now and then and refuses some appends, of which nothing
// is written. Any thread.
class FailingLog final : public events::EventLog {
 public:
  // One append in `one_in` is refused; 0: none.
  FailingLog(unsigned seed, unsigned one_in)
      : random_(seed), one_in_(one_in), thread_([this] { run(); }) {}

  ~FailingLog() override {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
    }
    arrived_.notify_one();
    thread_.join();
  }

  void append(events::Append append, Done done) override {
    {
      const std::lock_guard lock(mutex_);
      waiting_.emplace_back(std::move(append), std::move(done));
    }
    arrived_.notify_one();
  }

  std::vector<events::DomainEvent> read(const Uuid& aggregate, std::uint64_t from_version,
                                        std::size_t limit) override {
    return log_.read(aggregate, from_version, limit);
  }

  void read_all(std::uint64_t from_position, Visitor visit) override {
    log_.read_all(from_position, std::move(visit));
  }

  std::unique_ptr<events::Subscription> subscribe(std::uint64_t from_position,
                                                  Visitor visit) override {
    return log_.subscribe(from_position, std::move(visit));
  }

  bool writable() const override { return true; }

  void stop_failing() {
    const std::lock_guard lock(mutex_);
    one_in_ = 0;
  }

  // Returns when everything that was appended has its answer.
  void drain() {
    std::unique_lock lock(mutex_);
    idle_.wait(lock, [this] { return waiting_.empty() && !busy_; });
  }

  unsigned refused() const { return refused_; }

 private:
  void run() {
    std::unique_lock lock(mutex_);
    for (;;) {
      arrived_.wait(lock, [this] { return ending_ || !waiting_.empty(); });
      if (waiting_.empty()) return;
      auto [append, done] = std::move(waiting_.front());
      waiting_.pop_front();
      busy_ = true;
      const bool fails = one_in_ > 0 && random_() % one_in_ == 0;
      const auto pause = std::chrono::microseconds(random_() % 400);
      lock.unlock();
      std::this_thread::sleep_for(pause);
      if (fails) {
        ++refused_;
        done({events::AppendError::store_unavailable, 0, false});
      } else {
        log_.append(std::move(append), std::move(done));
      }
      done = nullptr;
      lock.lock();
      busy_ = false;
      idle_.notify_all();
    }
  }

  events::MemoryLog log_;
  std::mutex mutex_;  // guards all that follows
  std::condition_variable arrived_;
  std::condition_variable idle_;
  std::deque<std::pair<events::Append, Done>> waiting_;
  std::mt19937 random_;
  unsigned one_in_;
  bool busy_ = false;
  bool ending_ = false;
  std::atomic<unsigned> refused_{0};
  std::thread thread_;  // last: it uses all the others
};

}  // namespace lectern::property
