#include "base/contained.h"

#include <exception>
#include <new>
#include <string>

namespace lectern {
namespace {

void log_text(LogSink* log, const char* text) noexcept {
  try {
    log->write(Level::error, std::string("a handler threw: ") + text);
  } catch (const std::bad_alloc&) {
    log->write(Level::error, "a handler threw");
  }
}

}  // namespace

void log_exception(LogSink* log) noexcept {
  if (!log) return;
  try {
    throw;
  } catch (const std::exception& error) {
    log_text(log, error.what());
  } catch (...) {
    log_text(log, "what is no std::exception");
  }
}

}  // namespace lectern
