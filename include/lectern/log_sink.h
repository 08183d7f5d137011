#pragma once

#include <string_view>

namespace lectern {

/// How much a message matters, least first.
enum class Level { trace, debug, info, warning, error };

/// Where the program's messages go. The library never writes to stdout or stderr itself, and
/// never logs at `info` or above on a path that a peer can trigger at will. Called from any thread.
class LogSink {
 public:
  virtual ~LogSink() = default;
  /// Whether messages of this level are wanted; asked before one is put together.
  virtual bool enabled(Level level) const noexcept = 0;
  /// Takes one message, a line of UTF-8 without its end. The view lives as long as the call.
  virtual void write(Level level, std::string_view line) noexcept = 0;
};

}  // namespace lectern
