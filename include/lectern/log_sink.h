#pragma once

#include <string_view>

namespace lectern {

enum class Level { trace, debug, info, warning, error };

/// Where the program's messages go. The library never writes to stdout or stderr itself, and
/// never logs at `info` or above on a path that a peer can trigger at will. Called from any thread.
class LogSink {
 public:
  virtual ~LogSink() = default;
  virtual bool enabled(Level level) const noexcept = 0;
  virtual void write(Level level, std::string_view line) noexcept = 0;
};

}  // namespace lectern
