#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "net/deadline.h"
#include "net/outbox.h"
#include "net/pending_sends.h"
#include "net/tls_session.h"

namespace lectern::net {

class Loop;

// An accepted socket of one shard: bytes come in through on_bytes(), go out at the end of the turn.
// What the bytes mean is the derived class's affair.
//
// Owned by its loop until it has ended; destroyed at the end of a turn, never inside a call of its
// own. Every call on the shard's thread. An idle one owns nothing but itself.
class Connection {
 public:
  Connection(Loop& loop, int fd) : loop_(loop), fd_(fd) {}
  virtual ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // From now on what goes through is encrypted: on_bytes() and send() have the plain bytes. What is
  // sent before the handshake is complete waits for it. Before anything was sent or read.
  void secure(std::unique_ptr<TlsSession> session);

  // A socket that was given away.
  struct Released {
    int fd;
    std::unique_ptr<TlsSession> tls;  // null: plain; may hold bytes that the socket has to take
    std::string unread;               // bytes that arrived and nobody has had, decrypted
  };

  // Bytes of the peer that somebody else has read. May end the connection.
  void take_read(std::span<char> bytes);

  // Queue bytes; they leave with the turn. A frame that many connections send costs each of them a
  // reference, and the system calls of all are made together.
  void send(Outbox::Chunk chunk);
  void send_frame(const Frame& frame);
  // The same; but while the socket takes no more, the frame that was given under that key before
  // leaves the queue. True when there was one.
  bool send_latest(std::string_view key, const Frame& frame);
  // Sends what is queued at once, as far as the socket takes it. May end the connection.
  void flush_now();

  // Reads nothing more until resume_reading(): what the peer sends waits in the kernel, and then
  // with the peer. A connection that finishes reads on.
  void pause_reading() { paused_ = true; }
  void resume_reading();

  // Ends after what is queued was sent; at the latest when the loop's linger time is over.
  void finish();
  // Ends now; what is queued is lost.
  void end();

  bool ending() const { return state_ != State::open; }
  // What was sent and neither left nor was encrypted.
  std::size_t queued() const {
    return (pending_ ? pending_->bytes() : 0) + (backlog_ ? backlog_->bytes() : 0);
  }
  std::size_t unsent() const { return queued() + (tls_ ? tls_->wire().size() : 0); }
  // The socket takes no more now; what is queued waits for it.
  bool blocked() const { return waits_for_room_; }

 protected:
  // Bytes in the loop's buffer, which the callee may change. Not called any more once ending().
  virtual void on_bytes(std::span<char> bytes) = 0;
  // The socket took everything, after a time in which it did not.
  virtual void on_drained() {}
  // The connection is over, once, whoever ended it.
  virtual void on_end() = 0;

  // Gives the socket away, with nothing queued; this connection then ends without closing it.
  Released release();
  // Forgets what was queued, except the rest of a chunk that was begun: a frame cannot be cut.
  void drop_unsent();

  Loop& loop_;

 private:
  friend class Loop;
  friend class Flusher;
  enum class State : std::uint8_t { open, finishing, half_closed, ended };

  void read();
  Outbox& backlog();
  void move_to_backlog();
  void flush_with_turn();
  void sent(PendingSends::List& list, std::ptrdiff_t result);
  void flush_backlog();
  void flushed_all();
  void wait_for_room(bool wanted);
  void half_close_when_done();

  // With TLS, connection_tls.cc.
  // The handshake goes on after finish(): what is queued waits for it.
  bool shakes_hands() const { return tls_ && !tls_->established() && state_ == State::finishing; }
  void read_tls(std::span<const char> wire);
  void flush_tls();
  enum class Taken : std::uint8_t { all, part, failed };
  Taken send_wire();
  bool encrypt_some();
  void say_goodbye();
  void end_failed();

  // What is queued is either a list of this turn's or, once the socket was full or something else
  // than a frame was sent, a backlog.
  PendingSends::List* pending_ = nullptr;
  std::unique_ptr<Outbox> backlog_;
  std::unique_ptr<Deadline> linger_;  // while finishing
  std::unique_ptr<TlsSession> tls_;   // null: plain
  std::uint32_t place_ = 0;           // in the loop's list of connections
  int fd_;
  State state_ = State::open;
  bool peer_done_ = false;  // the peer sends nothing more: read on to the end of the stream
  bool paused_ = false;
  bool unread_ = false;          // stands in the list of what the next turn reads
  bool dirty_ = false;           // stands in the list of what the turn flushes
  bool waits_for_room_ = false;  // EPOLLOUT is asked for
  bool broken_ = false;          // a send failed: ends when it is safe to say so
};

}  // namespace lectern::net
