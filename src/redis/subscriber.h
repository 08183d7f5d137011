#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <lectern/unique_function.h>

#include "redis/connection.h"

namespace lectern::redis {

// What came on a channel. The views live as long as the call.
using MessageHandler = UniqueFunction<void(std::string_view channel, std::string_view payload)>;

// The subscriptions of one connection, made again whenever it was lost. What is published while it
// is away is missed. Everything on the loop's thread.
class Subscriber final : ConnectionListener {
 public:
  // `changed` runs when complete() has changed.
  Subscriber(net::Loop& loop, const Url& url, const dial::TlsContext* tls, LogSink* log,
             Timing timing, Task changed)
      : connection_(loop, url, tls, log, timing, *this), changed_(std::move(changed)) {}

  void open() { connection_.open(); }
  void close() { connection_.close(); }

  // A second handler for the same name replaces the first. A handler must not change the
  // subscriptions; a later task may.
  void subscribe(const std::string& channel, MessageHandler handler);
  void subscribe_pattern(const std::string& pattern, MessageHandler handler);
  // The handler is called until Redis confirms that nothing more comes: as long as Redis counts us
  // among the subscribers, somebody may wait for what the handler answers.
  void unsubscribe(const std::string& channel);
  void unsubscribe_pattern(const std::string& pattern);

  // Redis has confirmed what was asked for until it came, or came back. What is asked for later
  // changes nothing about that.
  bool complete() const { return complete_; }

 private:
  struct Subscription {
    MessageHandler handler;
    bool wanted = true;
  };
  using Subscriptions = std::map<std::string, Subscription, std::less<>>;

  void on_ready() override;
  void on_reply(Reply reply) override;
  void on_lost() override;
  void on_silence() override;
  void on_message(Subscriptions& subscriptions, std::span<const Reply> what);
  void on_confirmed(std::string_view what, const std::string& name);
  void send_all(std::string_view command, const Subscriptions& subscriptions);
  // What cannot be sent now is asked for when the connection is there again.
  void ask(std::string_view command, std::string_view name);
  void end(Subscriptions& subscriptions, std::string_view command, const std::string& name);
  void note_complete();

  Connection connection_;
  Task changed_;
  Subscriptions channels_;
  Subscriptions patterns_;
  std::size_t unconfirmed_ = 0;  // of what on_ready() asked for
  bool complete_ = false;
};

}  // namespace lectern::redis
