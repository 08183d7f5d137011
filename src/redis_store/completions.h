#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

#include "events/event_log.h"

namespace lectern::redis {

// Tells the callers of append() what became of it, in the order of the calls of add(), on a thread
// of its own: they may wait for Redis then, which the thread that speaks with Redis must not.
// Any thread. Bounded by the appends that wait, which the log bounds.
class Completions {
 public:
  Completions() : thread_([this] { run(); }) {}
  // Tells everybody, then ends. Not from a completion.
  ~Completions();
  Completions(const Completions&) = delete;
  Completions& operator=(const Completions&) = delete;

  void add(events::EventLog::Done done, events::AppendResult result);

 private:
  void run();

  std::mutex mutex_;  // guards what follows
  std::condition_variable came_;
  std::deque<std::pair<events::EventLog::Done, events::AppendResult>> waiting_;
  bool ending_ = false;
  std::thread thread_;  // last: it uses the others
};

}  // namespace lectern::redis
