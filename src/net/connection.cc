#include "net/connection.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cassert>
#include <cerrno>
#include <utility>

#include "net/loop.h"

namespace lectern::net {

Connection::~Connection() {
  if (fd_ >= 0) close(fd_);
}

void Connection::take_read(std::span<char> bytes) {
  if (tls_) return read_tls(bytes);
  on_bytes(bytes);
}

void Connection::send(Outbox::Chunk chunk) {
  if (state_ != State::open) return;
  move_to_backlog();
  backlog_->push(std::move(chunk));
  flush_with_turn();
}

void Connection::send_frame(const Frame& frame) {
  if (state_ != State::open) return;
  // A turn's list ends with it, and the socket may be full of what was encrypted alone.
  if (backlog_ || waits_for_room_) {
    backlog().push(frame);
  } else {
    pending_ = loop_.flusher_.pending().append(pending_, frame);
  }
  flush_with_turn();
}

bool Connection::send_latest(std::string_view key, const Frame& frame) {
  const bool waits = state_ == State::open && waits_for_room_ && backlog_;
  if (waits) return backlog_->replace(key, frame);
  send_frame(frame);
  return false;
}

// A socket that takes no more says itself when it does again.
void Connection::flush_with_turn() {
  if (!waits_for_room_) loop_.flusher_.add(*this);
}

Outbox& Connection::backlog() {
  if (!backlog_) backlog_ = std::make_unique<Outbox>(loop_.queued_bytes_);
  return *backlog_;
}

void Connection::move_to_backlog() {
  Outbox& queue = backlog();
  if (!pending_) return;
  for (Frame& frame : PendingSends::frames_of(*std::exchange(pending_, nullptr)))
    queue.push(std::move(frame));
}

void Connection::resume_reading() {
  // Edges that came meanwhile went by.
  if (std::exchange(paused_, false) && state_ != State::ended) loop_.read_again(*this);
}

void Connection::finish() {
  if (state_ != State::open) return;
  state_ = State::finishing;
  resume_reading();
  linger_ =
      std::make_unique<Deadline>(this, [](void* self) { static_cast<Connection*>(self)->end(); });
  loop_.linger_.arm(*linger_, loop_.now());
  loop_.flusher_.add(*this);
}

void Connection::end() {
  if (state_ == State::ended) return;
  if (tls_) say_goodbye();
  state_ = State::ended;
  pending_ = nullptr;
  loop_.ended(*this);
  on_end();
}

Connection::Released Connection::release() {
  assert(queued() == 0);
  loop_.unwatch(*this);  // whoever gets the descriptor watches it
  Released released{std::exchange(fd_, -1), std::move(tls_), {}};
  if (released.tls) released.unread = released.tls->read_all();
  end();
  return released;
}

void Connection::drop_unsent() {
  pending_ = nullptr;
  if (backlog_) backlog_->drop_unsent();
}

void Connection::read() {
  if (state_ == State::ended || paused_) return;
  ssize_t got = -1;
  do {
    got = recv(fd_, loop_.buffer_.data(), loop_.buffer_.size(), MSG_DONTWAIT);
  } while (got < 0 && errno == EINTR);
  if (got < 0 && errno == EAGAIN) return;
  if (got <= 0) return end();
  // The socket is edge-triggered; whoever filled the buffer, or has its end of file behind these
  // bytes, is asked again, after the others.
  if (peer_done_ || static_cast<std::size_t>(got) == loop_.buffer_.size()) loop_.read_again(*this);
  if (state_ != State::open && !shakes_hands()) return;
  const auto bytes = std::span(loop_.buffer_).first(static_cast<std::size_t>(got));
  if (tls_) return read_tls(bytes);
  on_bytes(bytes);
}

// The kernel took `result` bytes of a list, or a negative errno says why none. Calls no handler.
void Connection::sent(PendingSends::List& list, std::ptrdiff_t result) {
  if (result == static_cast<std::ptrdiff_t>(list.bytes())) return;
  if (result < 0 && result != -EAGAIN) {
    broken_ = true;
    return;
  }
  Outbox& queue = backlog();
  for (Frame& frame : PendingSends::frames_of(list)) queue.push(std::move(frame));
  if (result > 0) queue.consume(static_cast<std::size_t>(result));
  wait_for_room(true);
}

void Connection::flush_now() {
  if (state_ == State::ended) return;
  move_to_backlog();
  flush_backlog();
}

void Connection::flush_backlog() {
  if (state_ == State::ended) return;
  if (tls_) return flush_tls();
  if (backlog_) {
    const auto result = backlog_->flush(fd_);
    if (result == Outbox::Flushed::failed) return end();
    if (result == Outbox::Flushed::blocked) return wait_for_room(true);
    backlog_ = nullptr;
  }
  flushed_all();
}

void Connection::flushed_all() {
  if (waits_for_room_) {
    wait_for_room(false);
    if (state_ == State::open) on_drained();
  }
  half_close_when_done();
}

void Connection::wait_for_room(bool wanted) {
  if (std::exchange(waits_for_room_, wanted) != wanted) loop_.arm_write(*this, wanted);
}

// The peer's end of file ends us; closing now could reset what it has not read yet.
void Connection::half_close_when_done() {
  if (state_ != State::finishing || unsent() > 0) return;
  state_ = State::half_closed;
  shutdown(fd_, SHUT_WR);
}

}  // namespace lectern::net
