#pragma once

#include <chrono>
#include <csignal>
#include <optional>

namespace lectern::app {

// The signals that end the server or wake it: SIGTERM, SIGINT and SIGHUP. Constructed before any
// other thread starts, it keeps them, and SIGPIPE, from every thread; then they are waited for.
class Signals {
 public:
  Signals();

  int wait();
  // Nullopt when none comes in that time.
  std::optional<int> wait_for(std::chrono::milliseconds time);

  static bool ends(int signal) { return signal == SIGTERM || signal == SIGINT; }

 private:
  sigset_t waited_for_;
};

}  // namespace lectern::app
