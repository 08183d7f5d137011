#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "events/event_log.h"
#include "events/follow.h"
#include "redis/broker.h"
#include "redis_store/append_queue.h"
#include "redis_store/completions.h"
#include "redis_store/log_keys.h"

namespace lectern {
class LogSink;
}

namespace lectern::redis {

struct RedisLogOptions {
  Url url;
  std::string prefix;  // of every key and channel
  Timing timing{std::chrono::milliseconds(50), std::chrono::milliseconds(500),
                std::chrono::milliseconds(1000)};
  // No append waits longer for its answer, no read for a page of events.
  std::chrono::milliseconds answer_within{1500};
};

// The event log in Redis, for one node or several: docs/formats/redis-log.md has the keys. Any
// thread.
//
// An append is one script: version, events, idempotency key and announcement, or nothing of it.
// While Redis is away appends wait `answer_within` at most and are then refused; after half a
// second of that they are refused at once. It recovers by itself: writable() is false only for as
// long as that lasts, unless Redis came back with less than it had acknowledged, or an event is
// damaged; then only a restart mends it. An append that was refused may be in the log all the same
// when Redis went away while it was under way; a subscription sees it.
//
// Members of `events:<aggregateId>` that are no events of the log are skipped. An event that is
// missing, or that no aggregate's key holds any more, is damage.
class RedisLog final : public events::EventLog {
 public:
  // `log` may be null; it outlives this. Throws std::runtime_error when TLS cannot be set up.
  RedisLog(RedisLogOptions options, LogSink* log);
  // close().
  ~RedisLog() override;

  // Until appends are carried out, at most as long. False: failure() says why not.
  bool wait_until_ready(std::chrono::milliseconds most) const;

  void append(events::Append append, Done done) override;
  std::vector<events::DomainEvent> read(const Uuid& aggregate, std::uint64_t from_version,
                                        std::size_t limit) override;
  void read_all(std::uint64_t from_position, Visitor visit) override;
  std::unique_ptr<events::Subscription> subscribe(std::uint64_t from_position,
                                                  Visitor visit) override;
  bool writable() const override { return !closed_ && queue_.accepting(); }

  // Why nothing can be written at this moment; empty: it can.
  std::string failure() const { return queue_.failure(); }

  struct Stats : AppendQueue::Stats {
    std::uint64_t failed_reads = 0;  // Redis was away, too slow, or what it has is damaged
  };
  Stats stats() const { return {queue_.stats(), failed_reads_}; }

  // Refuses what waits. From then on appends are refused and reads find nothing. Not from a
  // completion or a visit.
  void close();

 private:
  using Page = std::vector<events::DomainEvent>;

  // Waits for the answer to a command. Nothing: there is none, or an error. Not on the broker's
  // thread.
  std::optional<std::vector<Reply>> ask(std::vector<std::string> words);
  Page read_page(const Uuid& aggregate, std::uint64_t from_version, std::size_t limit);
  // Nothing: the read failed. `next` is where the next page begins; it stays when there is none.
  std::optional<Page> read_page(std::uint64_t& next);
  void damaged(const std::string& where);

  const LogKeys keys_;
  const std::chrono::milliseconds answer_within_;
  std::atomic<bool> closed_{false};
  std::atomic<std::uint64_t> failed_reads_{0};
  events::Growth growth_;
  std::optional<Completions> completions_;  // ended by close()
  Broker broker_;
  AppendQueue queue_;
};

}  // namespace lectern::redis
