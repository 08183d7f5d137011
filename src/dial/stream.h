#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "dial/tls.h"
#include "net/connection.h"

namespace lectern::dial {

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

// A client's TCP connection, with TLS or without. Owned by its loop; whoever listens may use it
// until on_stream_end(), or until it drops it.
class Stream final : public net::Connection {
 public:
  Stream(net::Loop& loop, int fd) : Connection(loop, fd) {}

  void listen(StreamListener& listener) { listener_ = &listener; }
  // Before anything is written: what goes through is for that host alone.
  void encrypt(const TlsContext& context, const std::string& host);

  void write(std::string bytes);

  // Not a byte has left: the connection has not been there yet, and what was written can go
  // elsewhere.
  bool untouched() const { return unsent() == written_; }

  // Nobody listens any more. Ends at once, or after what was written has left.
  void drop();
  void drop_after_flush();

 private:
  void on_bytes(std::span<char> bytes) override;
  void on_end() override;
  void on_drained() override;

  StreamListener* listener_ = nullptr;
  std::size_t written_ = 0;  // and what begins TLS
};

}  // namespace lectern::dial
