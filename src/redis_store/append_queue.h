#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <lectern/log_sink.h>

#include "base/time.h"
#include "events/event_log.h"
#include "redis/broker.h"
#include "redis_store/completions.h"
#include "redis_store/log_keys.h"

namespace lectern::redis {

// Appends on their way to Redis and back, in order.
//
//   away --connected, subscribed--> preparing (script, fence, end of the log) --well--> ready
//     ^-- lost ------------------------/ ^-- Redis refuses: again in a while --/           /
//     ^-- lost, or Redis refuses a write -------------------------------------------------/
//
// While it is not ready, appends wait; none waits longer than `answer_within`. What was sent and
// has no answer when the connection is lost is sent again on the next one, where the script finds
// out whether it was carried out. The fence sees to it that nothing which still lies in the old
// connection is carried out after that: each connection writes a new one first, and the script
// does nothing for an older one.
//
// Everything on the broker's thread, but for what says otherwise.
class AppendQueue {
 public:
  static constexpr std::size_t kMaxAppends = 16384;           // that wait for their answer
  static constexpr std::size_t kMaxBytes = 64 * 1024 * 1024;  // of their events

  AppendQueue(Broker& broker, const LogKeys& keys, Completions& completions, LogSink* log,
              std::chrono::milliseconds answer_within);

  // Any thread. False, and `done` is not taken: the queue is full, or not accepting().
  bool take(events::Append& append, events::EventLog::Done& done);
  // Any thread: whether appends have a chance.
  bool accepting() const { return accepting_.load(std::memory_order_relaxed); }
  // Any thread. Why nothing can be written at this moment; empty: it can.
  std::string failure() const;
  // Any thread. For good: only a restart mends it.
  void fail(const std::string& why);

  void on_available();    // both connections are there
  void on_unavailable();  // one of them is not
  // After the broker's end: answers what is left.
  void refuse_all();

  struct Stats {
    std::size_t waiting = 0;  // appends
    std::uint64_t appends = 0;
    std::uint64_t refused = 0;  // store_unavailable
    std::uint64_t resent = 0;
  };
  Stats stats() const;  // any thread

 private:
  struct Pending {
    events::Append append;
    events::EventLog::Done done;  // null: it was told
    SteadyClock::time_point deadline;
    std::size_t bytes = 0;
    bool sent = false;         // on this connection
    bool sent_before = false;  // on one before
  };
  using PendingPtr = std::shared_ptr<Pending>;

  void push(const PendingPtr& pending);
  void prepare();
  void note_answer(const Result<Reply>& reply, Reply::Kind wanted);
  void on_prepared();
  void prepare_later(const std::string& why);
  void away(const std::string& why);
  void send_waiting();
  void send(const PendingPtr& pending);
  void on_reply(const PendingPtr& pending, const Result<Reply>& reply);
  void on_error(const PendingPtr& pending, const std::string& text);
  void on_words(const PendingPtr& pending, const std::vector<Reply>& words);
  void settle(const PendingPtr& pending, events::AppendResult result);
  void expire();
  void watch_deadline();
  void tell_failure(const std::string& why);

  Broker& broker_;
  const LogKeys& keys_;
  Completions& completions_;
  LogSink* const log_;
  const std::chrono::milliseconds answer_within_;
  const Uuid writer_ = Uuid::random();

  std::deque<PendingPtr> pending_;  // the oldest first
  std::string script_;              // its SHA-1, as Redis says
  std::uint64_t fence_ = 0;         // one for each time of preparing
  bool connected_ = false;
  bool ready_ = false;
  std::string problem_;              // what Redis said to what prepares
  std::uint64_t last_position_ = 0;  // that Redis has told
  bool watching_ = false;            // a timer runs for the oldest deadline

  std::atomic<bool> accepting_{true};
  std::atomic<bool> failed_{false};
  std::atomic<std::size_t> waiting_{0};
  std::atomic<std::size_t> waiting_bytes_{0};
  std::atomic<std::uint64_t> appends_{0};
  std::atomic<std::uint64_t> refused_{0};
  std::atomic<std::uint64_t> resent_{0};
  mutable std::mutex mutex_;  // guards failure_
  std::string failure_ = "Redis is not connected";
};

}  // namespace lectern::redis
