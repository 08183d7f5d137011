#pragma once

#include <cstddef>
#include <deque>
#include <initializer_list>
#include <span>
#include <string_view>
#include <utility>

#include <lectern/error.h>
#include <lectern/unique_function.h>

#include "redis/connection.h"

namespace lectern::redis {

// What Redis answered, an error of its own included, or why it did not.
using ReplyHandler = UniqueFunction<void(Result<Reply>)>;

// Commands to Redis, pipelined: each is sent at once, and the answers come in their order.
// Everything on the loop's thread.
class Commands final : ConnectionListener {
 public:
  static constexpr std::size_t kMaxWaiting = 65536;  // commands without an answer

  // `changed` runs when ready() has changed.
  Commands(net::Loop& loop, const Url& url, const dial::TlsContext* tls, LogSink* log,
           Timing timing, Task changed)
      : connection_(loop, url, tls, log, timing, *this), changed_(std::move(changed)) {}

  void open() { connection_.open(); }
  void close();
  bool ready() const { return connection_.ready(); }

  // The handler runs once, or not at all after close(). A command never waits for Redis to come
  // back. Errors: unavailable  Redis is away, at once, or it went before it answered, and may have
  //                            carried the command out;
  //               busy         at once: kMaxWaiting, or Connection::kMaxUnsent bytes, wait.
  void send(std::span<const std::string_view> words, ReplyHandler handler);
  void send(std::initializer_list<std::string_view> words, ReplyHandler handler) {
    send(std::span(words.begin(), words.size()), std::move(handler));
  }

 private:
  void on_ready() override { changed_(); }
  void on_reply(Reply reply) override;
  void on_lost() override;
  void on_silence() override;

  Connection connection_;
  Task changed_;
  std::deque<ReplyHandler> waiting_;
};

}  // namespace lectern::redis
