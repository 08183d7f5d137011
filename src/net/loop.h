#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <lectern/log_sink.h>
#include <lectern/unique_function.h>

#include "base/count.h"
#include "base/time.h"
#include "net/deadline.h"
#include "net/flusher.h"
#include "net/mailbox.h"

namespace lectern::net {

class Connection;

// The loop of one shard: its thread waits in an epoll set of its own for sockets, for its mailbox
// and for the next deadline. A turn reads all that is ready, runs the mailbox, sends what was
// queued meanwhile, and frees what ended.
//
// A turn reads kReadBudget of a connection at most: what it sends beyond that waits in the kernel
// until the others were read, too.
//
// post() may be called from any thread; everything else on the loop's thread, or before run().
class Loop {
 public:
  using Accepted = UniqueFunction<void(int fd, std::string address)>;

  static constexpr std::size_t kReadBudget = 8192;  // bytes of one connection in one turn

  // How queued bytes reach the kernel: a system call for each connection, or for many together.
  enum class Sends { one_by_one, batched };

  // Throws std::system_error. `log` (null: none) is told what tasks throw; it outlives the loop.
  // Where run() finds no io_uring, it sends one by one all the same.
  explicit Loop(LogSink* log = nullptr, Sends sends = Sends::one_by_one);
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  void run();  // until stop()
  void stop() { stopping_ = true; }
  // Stops as soon as there is no connection any more.
  void stop_when_empty() { stop_when_empty_ = true; }

  // A task that throws is logged, and the loop goes on.
  void post(Task task);
  std::size_t mailbox_size() const { return mailbox_.size(); }

  // Accepts on a listening, non-blocking socket, which the loop owns from then on.
  void listen(int fd, Accepted accepted);
  void stop_listening();
  // Runs for every connection that was refused because the process may have no more descriptors.
  void on_refusal(Task task) { on_refusal_ = std::move(task); }

  void add(std::unique_ptr<Connection> connection);
  std::size_t connections() const { return connections_.size(); }
  void end_all();

  void run_after(std::chrono::milliseconds delay, Task task);
  // Runs once per turn, after everything that may queue bytes and before they are flushed.
  void before_flush(Task task) { before_flush_ = std::move(task); }
  // A list that the loop expires; it must outlive the loop's run().
  void watch(DeadlineList& list) { lists_.push_back(&list); }

  std::uint64_t open_sockets() const { return open_sockets_.get(); }  // any thread
  // What waits for sockets that take no more, a frame as often as it waits. Any thread reads it.
  std::uint64_t queued_bytes() const { return queued_bytes_.get(); }

  // When the present turn began to read: the instant at which its bytes arrived.
  SteadyClock::time_point now() const { return now_; }

 private:
  friend class Connection;
  struct Listener;

  void turn(int timeout_ms);
  int timeout() const;
  void expire();
  void accept_all(Listener& listener);
  bool refuse_one(const Listener& listener);
  void pause(Listener& listener);
  void read_again(Connection& connection);
  void read_rest();
  void free_ended();
  void arm_write(Connection& connection, bool wanted);
  void unwatch(Connection& connection);
  void ended(Connection& connection);

  LogSink* log_;
  int epoll_ = -1;
  int wake_ = -1;  // an eventfd
  bool stopping_ = false;
  bool stop_when_empty_ = false;
  Mailbox mailbox_;
  bool mailbox_waits_ = false;
  SteadyClock::time_point now_ = SteadyClock::now();
  DeadlineList linger_{std::chrono::seconds(2)};
  std::vector<DeadlineList*> lists_{&linger_};
  std::multimap<SteadyClock::time_point, Task> timers_;
  std::vector<std::unique_ptr<Listener>> listeners_;
  int spare_ = -1;  // a descriptor that is given up to refuse a connection when there is none
  Task on_refusal_;
  Count open_sockets_;
  Count queued_bytes_;  // before the connections, whose queues subtract themselves
  std::vector<std::unique_ptr<Connection>> connections_;  // each knows its place
  Task before_flush_;
  Sends sends_;
  Flusher flusher_;
  std::vector<Connection*> unread_;  // filled the buffer: more may be there, read next turn
  std::vector<Connection*> again_;   // those of the turn before
  std::vector<Connection*> ended_;
  // One for all connections: an idle one owns none. Its size is what a connection may say in a
  // turn, and so how long a flood keeps the others waiting; reading more at once saves little.
  std::array<char, kReadBudget> buffer_;
};

}  // namespace lectern::net
