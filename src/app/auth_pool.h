#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include <lectern/unique_function.h>

namespace lectern::app {

// The threads on which passwords are hashed and accounts are read and written: work that waits for
// a core or a disk, and that no shard may do. Any thread may submit.
class AuthPool {
 public:
  static constexpr unsigned kThreads = 2;
  static constexpr std::size_t kQueue = 64;

  explicit AuthPool(unsigned threads = kThreads, std::size_t queue = kQueue);
  ~AuthPool() { stop(); }
  AuthPool(const AuthPool&) = delete;
  AuthPool& operator=(const AuthPool&) = delete;

  // False, and `task` is dropped, when kQueue tasks wait already or the pool has stopped. A task
  // does not throw.
  [[nodiscard]] bool submit(Task task);

  // Finishes the tasks in hand, drops those that wait, and ends the threads.
  void stop();

  std::size_t waiting() const;

 private:
  void run();

  const std::size_t queue_;
  mutable std::mutex mutex_;  // guards tasks_ and stopping_
  std::condition_variable arrived_;
  std::deque<Task> tasks_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace lectern::app
