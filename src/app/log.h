#pragma once

#include <atomic>
#include <memory>
#include <string_view>

#include <lectern/log_sink.h>

#include "app/config.h"

namespace lectern::app {

// Writes lines to stderr from a thread of its own: a slow terminal delays nobody, and when more
// than kQueue lines wait the oldest are lost.
//
//   text  2026-11-24T05:00:00.123Z info  listening address=127.0.0.1 port=8080
//   json  {"time":"2026-11-24T05:00:00.123Z","level":"info","message":"listening …"}
//
// Any thread. Lines never hold tokens, passwords or secrets: whoever writes one sees to that.
class StderrLog final : public LogSink {
 public:
  static constexpr std::size_t kQueue = 512;

  explicit StderrLog(const Config::Log& config);
  ~StderrLog() override;  // writes what waits

  bool enabled(Level level) const noexcept override;
  void write(Level level, std::string_view line) noexcept override;
  void set_level(Level level);

 private:
  struct Sink;  // keeps spdlog out of the header

  std::unique_ptr<Sink> sink_;
  bool json_;
};

// Passes lines on from release() on: a server that cannot start says one line, and that is why.
class HeldLog final : public LogSink {
 public:
  explicit HeldLog(LogSink& sink) : sink_(sink) {}

  void release() { released_ = true; }
  bool enabled(Level level) const noexcept override { return released_ && sink_.enabled(level); }
  void write(Level level, std::string_view line) noexcept override {
    if (released_) sink_.write(level, line);
  }

 private:
  LogSink& sink_;
  std::atomic<bool> released_{false};
};

}  // namespace lectern::app
