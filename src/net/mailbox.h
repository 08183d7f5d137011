#pragma once

#include <atomic>
#include <cstddef>

#include <lectern/log_sink.h>
#include <lectern/unique_function.h>

namespace lectern::net {

// Tasks from any thread to one: first in, first out per posting thread, without a lock
// (an intrusive queue with one consumer; after D. Vyukov's MPSC node-based queue).
//
// The bound is the poster's: it asks size() before it posts what a peer wanted; replies and
// broadcasts are posted always, because what asked for them was bounded. The metric is size().
class Mailbox {
 public:
  // `log` (null: none) is told what tasks throw.
  explicit Mailbox(LogSink* log = nullptr);
  ~Mailbox();
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  // Any thread. True when the consumer has to be woken: the first post after a drain.
  [[nodiscard]] bool post(Task task);

  // The consumer's thread: runs at most `limit` tasks in order. True when more are waiting; the
  // consumer then comes back by itself.
  bool drain(std::size_t limit);

  std::size_t size() const { return size_.load(std::memory_order_relaxed); }

 private:
  struct Node {
    std::atomic<Node*> next{nullptr};
    Task task;
  };

  LogSink* log_;
  alignas(64) std::atomic<Node*> head_;  // where posters add
  std::atomic<std::size_t> size_{0};
  std::atomic<bool> awake_{false};  // somebody has woken the consumer since its last drain
  alignas(64) Node* tail_;          // the consumer's; its task was taken already
};

}  // namespace lectern::net
