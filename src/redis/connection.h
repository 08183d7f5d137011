#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>

#include "dial/backoff.h"
#include "dial/dialer.h"
#include "dial/stream.h"
#include "dial/tether.h"
#include "net/loop.h"
#include "redis/resp.h"
#include "redis/url.h"

namespace lectern {
class LogSink;
}

namespace lectern::redis {

// How long a connection waits, and for what.
struct Timing {
  std::chrono::milliseconds first_retry{50};  // after a loss; doubled, with jitter, up to …
  std::chrono::milliseconds most_retry{2000};
  std::chrono::milliseconds silence{5000};  // then a ping; as long again without a word: lost
};

// What becomes of a connection. Calls come from the loop.
class ConnectionListener {
 public:
  // Redis knows who we are: send() works.
  virtual void on_ready() = 0;
  virtual void on_reply(Reply reply) = 0;
  // What was sent and not answered has no answer. The connection tries again by itself.
  virtual void on_lost() = 0;
  // Nothing has come for a while: send a ping.
  virtual void on_silence() = 0;

 protected:
  ~ConnectionListener() = default;
};

// One connection to Redis, opened again whenever it is lost.
//
//   away --dial--> greeting (AUTH, SELECT, PING) --all answered well--> ready
//     ^---- backoff ----/-----------------------------------------------/
//
// Everything on the loop's thread.
class Connection final : dial::StreamListener {
 public:
  // Bytes that Redis has left unread; a command beyond them is refused.
  static constexpr std::size_t kMaxUnsent = 16 * 1024 * 1024;

  // All of them outlive it; `tls` may be null unless the URL is secure, `log` in any case.
  Connection(net::Loop& loop, const Url& url, const dial::TlsContext* tls, LogSink* log,
             Timing timing, ConnectionListener& listener);

  // Once.
  void open();
  // For good; nothing is called any more.
  void close();
  bool ready() const { return ready_; }

  // False, and nothing is sent: it is not ready(), or kMaxUnsent is reached.
  bool send(std::span<const std::string_view> words);

 private:
  void on_stream_bytes(std::span<char> bytes) override;
  void on_stream_end() override;
  void look_up();
  void dial();
  void greet();
  void on_greeting(const Reply& reply);
  void watch(std::uint64_t serial);
  void lose(std::string_view why);
  void retry();

  net::Loop& loop_;
  const Url& url_;
  LogSink* const log_;
  const Timing timing_;
  ConnectionListener& listener_;
  dial::Dialer dialer_;
  dial::Backoff backoff_;
  dial::Stream* stream_ = nullptr;
  ReplyReader reader_;
  bool ready_ = false;
  bool silent_ = false;         // nothing came since the last look
  std::size_t greetings_ = 0;   // that have no answer yet
  std::uint64_t serial_ = 0;    // of the stream
  bool loss_is_known_ = false;  // one line in the log for each time that Redis is away
  dial::Tether<Connection> tether_{*this};
};

}  // namespace lectern::redis
