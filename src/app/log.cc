#include "app/log.h"

#include <spdlog/async_logger.h>
#include <spdlog/details/thread_pool.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>

namespace lectern::app {
namespace {

spdlog::level::level_enum spdlog_level(Level level) {
  switch (level) {
    case Level::trace: return spdlog::level::trace;
    case Level::debug: return spdlog::level::debug;
    case Level::info: return spdlog::level::info;
    case Level::warning: return spdlog::level::warn;
    case Level::error: return spdlog::level::err;
  }
  return spdlog::level::info;
}

constexpr const char* kText = "%Y-%m-%dT%H:%M:%S.%eZ %-7l %v";
constexpr const char* kJson = R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l","message":%v})";

}  // namespace

struct StderrLog::Sink {
  std::shared_ptr<spdlog::details::thread_pool> pool;
  std::shared_ptr<spdlog::async_logger> logger;
};

StderrLog::StderrLog(const Config::Log& config)
    : sink_(std::make_unique<Sink>()), json_(config.format == Config::LogFormat::json) {
  sink_->pool = std::make_shared<spdlog::details::thread_pool>(kQueue, 1);
  sink_->logger = std::make_shared<spdlog::async_logger>(
      "lectern", std::make_shared<spdlog::sinks::stderr_sink_mt>(), sink_->pool,
      spdlog::async_overflow_policy::overrun_oldest);
  sink_->logger->set_pattern(json_ ? kJson : kText, spdlog::pattern_time_type::utc);
  set_level(config.level);
}

StderrLog::~StderrLog() = default;

bool StderrLog::enabled(Level level) const noexcept {
  return sink_->logger->should_log(spdlog_level(level));
}

void StderrLog::write(Level level, std::string_view line) noexcept {
  try {
    if (!enabled(level)) return;
    const auto text = json_ ? boost::json::serialize(boost::json::value(
                                  boost::json::string_view(line.data(), line.size())))
                            : std::string(line);
    sink_->logger->log(spdlog_level(level), text);
  } catch (...) {  // a line is lost, nothing else
  }
}

void StderrLog::set_level(Level level) { sink_->logger->set_level(spdlog_level(level)); }

}  // namespace lectern::app
