#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "net/connection.h"

namespace lectern::client {

class Stream;

// What becomes of a stream. Calls come from the loop, never from within a call of the stream.
class StreamListener {
 public:
  // The bytes may be changed, and live as long as the call.
  virtual void on_stream_bytes(std::span<char> bytes) = 0;
  // The server closed the connection, or it never came about. Not called after drop().
  virtual void on_stream_end() = 0;
  // What was written has left, after a time in which the socket was blocked.
  virtual void on_stream_drained() {}

 protected:
  ~StreamListener() = default;
};

// A client's TCP connection. Owned by its loop; whoever listens may use it until on_stream_end(),
// or until it drops it.
class Stream final : public net::Connection {
 public:
  Stream(net::Loop& loop, int fd) : Connection(loop, fd, {}) {}

  void listen(StreamListener& listener) { listener_ = &listener; }

  void write(std::string bytes) {
    written_ += bytes.size();
    send(std::move(bytes));
  }

  // Not a byte has left: the connection has not been there yet, and what was written can go
  // elsewhere.
  bool untouched() const { return unsent() == written_; }

  // Nobody listens any more. Ends at once, or after what was written has left.
  void drop() { listener_ = nullptr, end(); }
  void drop_after_flush() { listener_ = nullptr, finish(); }

 private:
  void on_bytes(std::span<char> bytes) override {
    if (listener_ != nullptr) listener_->on_stream_bytes(bytes);
  }
  void on_end() override {
    if (StreamListener* const listener = std::exchange(listener_, nullptr))
      listener->on_stream_end();
  }
  void on_drained() override {
    if (listener_ != nullptr) listener_->on_stream_drained();
  }

  StreamListener* listener_ = nullptr;
  std::size_t written_ = 0;
};

}  // namespace lectern::client
