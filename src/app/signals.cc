#include "app/signals.h"

#include <ctime>

namespace lectern::app {

Signals::Signals() {
  ::sigemptyset(&waited_for_);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) ::sigaddset(&waited_for_, signal);
  sigset_t blocked = waited_for_;
  ::sigaddset(&blocked, SIGPIPE);
  ::pthread_sigmask(SIG_BLOCK, &blocked, nullptr);
}

int Signals::wait() {
  int signal = 0;
  while (::sigwait(&waited_for_, &signal) != 0) {
  }
  return signal;
}

std::optional<int> Signals::wait_for(std::chrono::milliseconds time) {
  timespec limit{};
  limit.tv_sec = static_cast<time_t>(time.count() / 1000);
  limit.tv_nsec = static_cast<long>(time.count() % 1000 * 1'000'000);
  const int signal = ::sigtimedwait(&waited_for_, nullptr, &limit);
  if (signal < 0) return std::nullopt;
  return signal;
}

}  // namespace lectern::app
