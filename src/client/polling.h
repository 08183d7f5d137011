#pragma once

#include <cstddef>
#include <string>

#include "client/endpoint.h"
#include "client/http_channel.h"
#include "client/write_queue.h"
#include "engine/packet.h"

namespace lectern::client {

// What becomes of a polling transport. Calls come from the loop.
class PollingListener {
 public:
  // A packet, in order; of type 'b' with its bytes decoded. The view lives as long as the call.
  virtual void on_polling_packet(engine::PacketView packet) = 0;
  virtual void on_polling_written() = 0;  // the last batch was taken; writable() again
  virtual void on_polling_paused() = 0;   // after pause()
  virtual void on_polling_error() = 0;    // last; the transport is closed

 protected:
  ~PollingListener() = default;
};

// Engine.IO over HTTP long-polling: one GET always under way, one POST at a time.
// On the loop's thread; closed before it is destroyed.
// Source: engine.io-protocol v4, "HTTP long-polling".
class Polling {
 public:
  // Everything given outlives it. `max_body`: of one answer.
  Polling(net::Loop& loop, dial::Dialer& dialer, Endpoint& endpoint, std::size_t max_body,
          PollingListener& listener)
      : endpoint_(endpoint),
        max_body_(max_body),
        listener_(listener),
        gets_(loop, dialer, max_body),
        posts_(loop, dialer, max_body) {}

  // Polls from now on, without a session until opened() tells one.
  void start() { poll(); }
  void opened(std::string sid) { sid_ = std::move(sid); }

  bool writable() const { return !sid_.empty() && !posts_.busy() && !closed_; }
  void write(Batch batch);  // only when writable()

  // Polls no more once the present GET is answered. When nothing is under way any more, the
  // listener hears of it; until then resume() polls on.
  void pause();
  void resume();
  void close();

 private:
  void poll();
  void polled(Result<HttpAnswer> answer);
  bool take(const std::string& body);
  void fail();
  void rest();

  Endpoint& endpoint_;
  std::size_t max_body_;
  PollingListener& listener_;
  HttpChannel gets_;
  HttpChannel posts_;
  std::string sid_;
  bool pausing_ = false;
  bool taking_ = false;  // an answer is looked at: the next poll follows by itself
  bool closed_ = false;
};

}  // namespace lectern::client
