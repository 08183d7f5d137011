#include "redis_store/redis_log.h"

#include <optional>

#include "events/event_log_conformance.h"
#include "redis/test_redis.h"

namespace lectern::redis {
namespace {

RedisLogOptions options_of(const TestRedis& redis) {
  RedisLogOptions options;
  options.url = *parse_url("redis://" + redis.authority());
  options.prefix = "school:";
  return options;
}

struct RedisLogUnderTest {
  static constexpr bool kDurable = true;
  RedisLogUnderTest() { reopen(); }
  events::EventLog& log() { return *log_; }
  void reopen() {
    log_.reset();
    log_.emplace(options_of(redis_), nullptr);
    log_->wait_until_ready(std::chrono::seconds(20));
  }

  TestRedis redis_;
  std::optional<RedisLog> log_;
};

}  // namespace
}  // namespace lectern::redis

namespace lectern::events {

INSTANTIATE_TYPED_TEST_SUITE_P(Redis, EventLogConformance, redis::RedisLogUnderTest);

}  // namespace lectern::events
