#pragma once

#include <atomic>
#include <cstddef>
#include <optional>
#include <thread>

#include <lectern/unique_function.h>

#include "dial/tls.h"
#include "net/loop.h"
#include "redis/commands.h"
#include "redis/subscriber.h"
#include "redis/url.h"

namespace lectern::redis {

// This process's end of one Redis: a thread of its own with a connection for commands and one for
// subscriptions. Others post tasks to it and get their answers posted back, so that nobody waits
// for Redis and nobody takes a lock.
//
// Before start() everything is called on the thread that made it; then, but for post(), size() and
// available(), on its own thread.
class Broker {
 public:
  // `log` may be null. Throws std::runtime_error when TLS cannot be set up.
  Broker(Url url, LogSink* log, Timing timing = {});
  // stop().
  ~Broker();
  Broker(const Broker&) = delete;
  Broker& operator=(const Broker&) = delete;

  void start();
  // Sends what was posted until now, then ends the connections and the thread. Not on its thread.
  void stop();

  // Any thread. The poster looks at size() first where a peer decides how often it posts.
  void post(Task task) { loop_.post(std::move(task)); }
  std::size_t size() const { return loop_.mailbox_size(); }
  // Any thread: both connections are there and every subscription is confirmed.
  bool available() const { return available_.load(std::memory_order_relaxed); }

  void run_after(std::chrono::milliseconds delay, Task task) {
    loop_.run_after(delay, std::move(task));
  }
  Commands& commands() { return commands_; }
  Subscriber& subscriber() { return subscriber_; }
  // Runs each time that available() has become true.
  void on_available(Task task) { on_available_ = std::move(task); }
  // And each time that it has become false, but for stop().
  void on_unavailable(Task task) { on_unavailable_ = std::move(task); }

 private:
  void note();

  const Url url_;
  const std::optional<dial::TlsContext> tls_;
  std::atomic<bool> available_{false};
  Task on_available_;
  Task on_unavailable_;
  net::Loop loop_;
  Commands commands_;
  Subscriber subscriber_;
  std::thread thread_;
};

}  // namespace lectern::redis
