#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "net/deadline.h"
#include "net/outbox.h"

namespace lectern::net {

class Loop;

// An accepted socket of one shard: bytes come in through on_bytes(), go out through the outbox,
// which the loop flushes once per turn. What the bytes mean is the derived class's affair.
//
// Owned by its loop until it has ended; destroyed at the end of a turn, never inside a call of its
// own. Every call on the shard's thread.
class Connection {
 public:
  Connection(Loop& loop, int fd, std::string address);
  virtual ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Queues bytes; they leave with the turn.
  void send(Outbox::Chunk chunk);
  // Sends what is queued at once, as far as the socket takes it.
  void flush_now() { flush(); }

  // Ends after what is queued was sent; at the latest when the loop's linger time is over.
  void finish();
  // Ends now; what is queued is lost.
  void end();

  bool ending() const { return state_ != State::open; }
  const std::string& address() const { return address_; }
  std::size_t unsent() const { return outbox_.bytes(); }
  // The socket takes no more now; what is queued waits for it.
  bool blocked() const { return waits_for_room_; }

 protected:
  // Bytes in the loop's buffer, which the callee may change. Not called any more once ending().
  virtual void on_bytes(std::span<char> bytes) = 0;
  // The socket took everything, after a time in which it did not.
  virtual void on_drained() {}
  // The connection is over, once, whoever ended it.
  virtual void on_end() = 0;

  // Gives the socket away, with the outbox empty; this connection then ends without closing it.
  int release();

  Outbox outbox_;
  Loop& loop_;

 private:
  friend class Loop;
  enum class State : std::uint8_t { open, finishing, half_closed, ended };

  void read();
  void flush();

  std::string address_;
  Deadline linger_;
  int fd_;
  State state_ = State::open;
  bool peer_done_ = false;       // the peer sends nothing more: read on to the end of the stream
  bool dirty_ = false;           // stands in the loop's list of outboxes to flush
  bool waits_for_room_ = false;  // EPOLLOUT is asked for
};

}  // namespace lectern::net
