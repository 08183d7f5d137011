#pragma once

#include <lectern/log_sink.h>

namespace lectern {

// Writes what the exception under way says. Only within a handler of one; `log` may be null.
void log_exception(LogSink* log) noexcept;

// Calls f(), which is or may call the application's code. False when it threw: that is logged and
// goes no further, since whoever called is in the middle of something.
template <class F>
bool contained(LogSink* log, F&& f) {
  try {
    f();
    return true;
  } catch (...) {
    log_exception(log);
    return false;
  }
}

}  // namespace lectern
