#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>

#include <lectern/error.h>
#include <lectern/unique_function.h>

#include "base/time.h"
#include "client/http_answer.h"
#include "dial/dialer.h"
#include "dial/stream.h"
#include "dial/tether.h"
#include "net/loop.h"

namespace lectern::client {

// Requests to the server, one after the other, over a connection that is kept and replaced when it
// is gone. On the loop's thread; must be closed before it is destroyed with a request under way.
class HttpChannel final : dial::StreamListener {
 public:
  // An answer of any status, or malformed_packet: the connection failed or no HTTP came;
  // payload_too_large. Runs from the loop, never within request().
  using Answered = UniqueFunction<void(Result<HttpAnswer>)>;

  // `loop` and `dialer` outlive it.
  HttpChannel(net::Loop& loop, dial::Dialer& dialer, std::size_t max_body)
      : loop_(loop), dialer_(dialer), max_body_(max_body) {}

  bool busy() const { return static_cast<bool>(answered_); }

  // Not while busy(). `bytes` is a whole request.
  void request(std::string bytes, Answered answered);

  // Gives up the request under way and the connection.
  void close();

 private:
  void on_stream_bytes(std::span<char> bytes) override;
  void on_stream_end() override;
  void begin();
  void finish(Result<HttpAnswer> answer);

  net::Loop& loop_;
  dial::Dialer& dialer_;
  std::size_t max_body_;
  dial::Stream* stream_ = nullptr;
  SteadyClock::time_point idle_since_;
  std::string request_;  // again from the start when the first address does not answer
  std::optional<HttpAnswerReader> reader_;
  Answered answered_;
  dial::Tether<HttpChannel> tether_{*this};
};

}  // namespace lectern::client
