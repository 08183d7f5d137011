#include "net/loop.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "base/contained.h"
#include "net/connection.h"

namespace lectern::net {
namespace {

constexpr std::size_t kTasksPerTurn = 1024;
constexpr int kEventsPerTurn = 512;
constexpr int kAcceptsPerTurn = 64;
constexpr std::chrono::milliseconds kAcceptPause{100};

std::string text_of(const sockaddr_storage& address) {
  char text[INET6_ADDRSTRLEN] = "";
  if (address.ss_family == AF_INET)
    inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in&>(address).sin_addr, text, sizeof text);
  else if (address.ss_family == AF_INET6)
    inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr, text,
              sizeof text);
  return text;
}

// Descriptors that connections may not take. Without some that are free, two shards that refuse at
// once take the spare one from each other, and a store cannot open its files.
constexpr rlim_t kKeptBack = 8;

bool is_one_of_the_last(int fd) {
  rlimit files{};
  return getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur != RLIM_INFINITY &&
         static_cast<rlim_t>(fd) + kKeptBack >= files.rlim_cur;
}

int spare_descriptor() { return open("/dev/null", O_RDONLY | O_CLOEXEC); }

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace

struct Loop::Listener {
  int fd;
  Accepted accepted;
};

Loop::Loop(LogSink* log, Sends sends)
    : log_(log),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      wake_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
      mailbox_(log),
      spare_(spare_descriptor()),
      sends_(sends) {
  if (epoll_ < 0 || wake_ < 0) fail("epoll");
  epoll_event event{};
  event.events = EPOLLIN | EPOLLET;
  event.data.ptr = &mailbox_;
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_, &event) != 0) fail("epoll_ctl");
}

Loop::~Loop() {
  stop_listening();
  connections_.clear();
  if (spare_ >= 0) close(spare_);
  close(wake_);
  close(epoll_);
}

void Loop::run() {
  // Here, since a ring belongs to the thread that makes it.
  if (std::string reason; sends_ == Sends::batched) flusher_.use(SendRing::make(reason));
  while (!stopping_) turn(timeout());
}

void Loop::post(Task task) {
  if (!mailbox_.post(std::move(task))) return;
  const std::uint64_t one = 1;
  while (write(wake_, &one, sizeof one) < 0 && errno == EINTR) {
  }
}

void Loop::listen(int fd, Accepted accepted) {
  listeners_.push_back(std::make_unique<Listener>(Listener{fd, std::move(accepted)}));
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = listeners_.back().get();
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) != 0) fail("epoll_ctl");
}

void Loop::stop_listening() {
  for (const auto& listener : listeners_) close(listener->fd);
  listeners_.clear();
}

void Loop::add(std::unique_ptr<Connection> connection) {
  Connection* const added = connection.get();
  added->place_ = static_cast<std::uint32_t>(connections_.size());
  connections_.push_back(std::move(connection));
  open_sockets_.add();
  epoll_event event{};
  event.events = EPOLLIN | EPOLLRDHUP | EPOLLET;
  event.data.ptr = added;
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, added->fd_, &event) != 0) added->end();
}

void Loop::end_all() {
  std::vector<Connection*> all;
  for (const auto& connection : connections_) all.push_back(connection.get());
  for (Connection* connection : all) connection->end();
}

void Loop::run_after(std::chrono::milliseconds delay, Task task) {
  timers_.emplace(SteadyClock::now() + delay, std::move(task));
}

// -1 waits without end. Rounded up, so that a deadline is over when we wake.
int Loop::timeout() const {
  if (mailbox_waits_ || !unread_.empty() || !flusher_.empty() || !ended_.empty()) return 0;
  auto next = timers_.empty() ? SteadyClock::time_point::max() : timers_.begin()->first;
  for (const DeadlineList* list : lists_)
    if (const auto due = list->next()) next = std::min(next, *due);
  if (next == SteadyClock::time_point::max()) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(next - SteadyClock::now());
  return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 60'000));
}

void Loop::turn(int timeout_ms) {
  std::array<epoll_event, kEventsPerTurn> events;
  const int count = epoll_wait(epoll_, events.data(), kEventsPerTurn, timeout_ms);
  now_ = SteadyClock::now();
  again_.swap(unread_);
  for (int i = 0; i < count; ++i) {
    void* const who = events[static_cast<std::size_t>(i)].data.ptr;
    const std::uint32_t what = events[static_cast<std::size_t>(i)].events;
    if (who == &mailbox_) {
      std::uint64_t ignored;
      if (read(wake_, &ignored, sizeof ignored) > 0) mailbox_waits_ = true;
      continue;
    }
    const auto listener = std::find_if(listeners_.begin(), listeners_.end(),
                                       [who](const auto& l) { return l.get() == who; });
    if (listener != listeners_.end()) {
      accept_all(**listener);
      continue;
    }
    auto* const connection = static_cast<Connection*>(who);
    if ((what & EPOLLOUT) != 0) flusher_.add(*connection);
    if ((what & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) connection->peer_done_ = true;
    // One that filled the buffer before has its turn below, whatever else arrived for it.
    if ((what & ~static_cast<std::uint32_t>(EPOLLOUT)) != 0 && !connection->unread_)
      connection->read();
  }
  read_rest();
  if (mailbox_waits_) mailbox_waits_ = mailbox_.drain(kTasksPerTurn);
  expire();
  if (before_flush_) before_flush_();
  flusher_.flush();
  free_ended();
  if (stop_when_empty_ && connections_.empty()) stopping_ = true;
}

void Loop::read_again(Connection& connection) {
  if (!std::exchange(connection.unread_, true)) unread_.push_back(&connection);
}

// Behind everybody whose bytes have just arrived.
void Loop::read_rest() {
  for (Connection* connection : again_) {
    connection->unread_ = false;
    connection->read();
  }
  again_.clear();
}

void Loop::expire() {
  const auto now = SteadyClock::now();
  for (std::size_t i = 0; i < lists_.size(); ++i) lists_[i]->expire(now);
  while (!timers_.empty() && timers_.begin()->first <= now) {
    Task task = std::move(timers_.extract(timers_.begin()).mapped());
    contained(log_, task);
  }
}

void Loop::accept_all(Listener& listener) {
  for (int i = 0; i < kAcceptsPerTurn; ++i) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    const int fd = accept4(listener.fd, reinterpret_cast<sockaddr*>(&address), &size,
                           SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0 && is_one_of_the_last(fd)) {
      close(fd);
      if (on_refusal_) on_refusal_();
      continue;
    }
    if (fd >= 0) {
      const int on = 1;
      setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      listener.accepted(fd, text_of(address));
      continue;
    }
    if (errno == EINTR || errno == ECONNABORTED) continue;
    if (errno == EAGAIN) return;
    if ((errno == EMFILE || errno == ENFILE) && refuse_one(listener)) continue;
    return pause(listener);
  }
}

// Whoever waits in the kernel's queue would neither get in nor know why, and wake us all the time.
bool Loop::refuse_one(const Listener& listener) {
  if (spare_ < 0) spare_ = spare_descriptor();  // perhaps one has become free
  if (spare_ < 0) return false;
  close(spare_);
  const int fd = accept4(listener.fd, nullptr, nullptr, SOCK_CLOEXEC);
  if (fd >= 0) close(fd);
  spare_ = spare_descriptor();
  if (fd >= 0 && on_refusal_) on_refusal_();
  return fd >= 0;
}

// Out of memory, or of descriptors although one was just given up: the kernel's queue holds the
// rest meanwhile.
void Loop::pause(Listener& listener) {
  epoll_ctl(epoll_, EPOLL_CTL_DEL, listener.fd, nullptr);
  run_after(kAcceptPause, [this, who = &listener] {
    for (const auto& known : listeners_) {
      if (known.get() != who) continue;
      epoll_event event{};
      event.events = EPOLLIN;
      event.data.ptr = who;
      epoll_ctl(epoll_, EPOLL_CTL_ADD, who->fd, &event);
    }
  });
}

void Loop::arm_write(Connection& connection, bool wanted) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLRDHUP | EPOLLET | (wanted ? EPOLLOUT : 0U);
  event.data.ptr = &connection;
  epoll_ctl(epoll_, EPOLL_CTL_MOD, connection.fd_, &event);
}

void Loop::unwatch(Connection& connection) {
  if (connection.fd_ >= 0) epoll_ctl(epoll_, EPOLL_CTL_DEL, connection.fd_, nullptr);
}

void Loop::ended(Connection& connection) {
  unwatch(connection);
  ended_.push_back(&connection);
}

void Loop::free_ended() {
  while (!ended_.empty()) {
    const auto ended = std::exchange(ended_, {});
    for (Connection* connection : ended) {
      if (connection->unread_) std::erase(unread_, connection);
      connections_.back()->place_ = connection->place_;
      std::swap(connections_[connection->place_], connections_.back());
      connections_.pop_back();
      open_sockets_.subtract();
    }
  }
}

}  // namespace lectern::net
