#include "net/connection.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <utility>

#include "net/loop.h"

namespace lectern::net {

Connection::Connection(Loop& loop, int fd, std::string address)
    : loop_(loop),
      address_(std::move(address)),
      linger_(this, [](void* self) { static_cast<Connection*>(self)->end(); }),
      fd_(fd) {}

Connection::~Connection() {
  if (fd_ >= 0) close(fd_);
}

void Connection::send(Outbox::Chunk chunk) {
  if (state_ != State::open) return;
  outbox_.push(std::move(chunk));
  loop_.mark_dirty(*this);
}

void Connection::finish() {
  if (state_ != State::open) return;
  state_ = State::finishing;
  loop_.linger_.arm(linger_, loop_.now());
  loop_.mark_dirty(*this);
}

void Connection::end() {
  if (state_ == State::ended) return;
  state_ = State::ended;
  loop_.ended(*this);
  on_end();
}

int Connection::release() {
  assert(outbox_.empty());
  loop_.unwatch(*this);  // whoever gets the descriptor watches it
  const int fd = std::exchange(fd_, -1);
  end();
  return fd;
}

void Connection::read() {
  if (state_ == State::ended) return;
  const ssize_t got = recv(fd_, loop_.buffer_.data(), loop_.buffer_.size(), MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) return end();
  // The socket is edge-triggered; whoever filled the buffer, or has its end of file behind these
  // bytes, is asked again, after the others.
  if (peer_done_ || static_cast<std::size_t>(got) == loop_.buffer_.size())
    loop_.unread_.push_back(this);
  if (state_ == State::open)
    on_bytes(std::span(loop_.buffer_).first(static_cast<std::size_t>(got)));
}

void Connection::flush() {
  if (state_ == State::ended) return;
  const auto result = outbox_.flush(fd_);
  if (result == Outbox::Flushed::failed) return end();
  const bool blocked = result == Outbox::Flushed::blocked;
  if (blocked != waits_for_room_) {
    waits_for_room_ = blocked;
    loop_.arm_write(*this, blocked);
    if (!blocked && state_ == State::open) on_drained();
  }
  if (!blocked && outbox_.empty() && state_ == State::finishing) {
    // The peer's end of file ends us; closing now could reset what it has not read yet.
    state_ = State::half_closed;
    shutdown(fd_, SHUT_WR);
  }
}

}  // namespace lectern::net
