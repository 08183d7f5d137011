// What a connection with TLS does otherwise than a plain one.

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <utility>

#include "net/connection.h"
#include "net/loop.h"

namespace lectern::net {
namespace {

// What is encrypted before the socket has taken it, which nobody can drop or share any more.
constexpr std::size_t kMostEncrypted = 64 * 1024;

// The most that one record holds (RFC 8446 section 5.1).
constexpr std::size_t kRecord = 16384;

// Answers of the TLS layer, to key updates for instance, that a peer may leave unread.
constexpr std::size_t kMaxWireBacklog = 2 * kMostEncrypted;

}  // namespace

void Connection::secure(std::unique_ptr<TlsSession> session) {
  tls_ = std::move(session);
  if (!tls_->wire().empty()) loop_.flusher_.add(*this);
}

void Connection::read_tls(std::span<const char> wire) {
  static_cast<void>(tls_->receive(wire));
  std::array<char, kRecord> buffer;
  while (state_ == State::open) {
    const auto plain = tls_->read(buffer);
    if (plain.empty()) break;
    on_bytes(plain);  // which may give the session away; then we have ended
  }
  if (state_ == State::ended) return;
  if (tls_->failed()) return end_failed();
  if (tls_->over()) finish();
  if (tls_->wire().size() > kMaxWireBacklog) return end();
  // Of the handshake, and what waited for it.
  if (unsent() > 0) loop_.flusher_.add(*this);
}

// With the alert that says why, if the socket takes it.
void Connection::end_failed() {
  pending_ = nullptr;
  backlog_ = nullptr;
  flush_now();
  end();
}

Connection::Taken Connection::send_wire() {
  while (!tls_->wire().empty()) {
    const auto wire = tls_->wire();
    const ssize_t taken = ::send(fd_, wire.data(), wire.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (taken < 0 && errno == EINTR) continue;
    if (taken < 0) return errno == EAGAIN ? Taken::part : Taken::failed;
    tls_->taken(static_cast<std::size_t>(taken));
    if (static_cast<std::size_t>(taken) < wire.size()) return Taken::part;
  }
  return Taken::all;
}

// Encrypts the next of what is queued. False when the session fails.
bool Connection::encrypt_some() {
  // A turn's messages in one piece, which connections with the same ones share.
  if (pending_ && !backlog_ && pending_->bytes() <= kMostEncrypted) {
    const auto bytes = loop_.flusher_.pending().joined(*pending_);
    if (!bytes.empty()) {
      pending_ = nullptr;
      return tls_->write(bytes);
    }
  }
  move_to_backlog();
  std::array<char, kRecord> buffer;
  while (!backlog_->empty() && tls_->wire().size() < kMostEncrypted) {
    const auto part = backlog_->copy(buffer);
    if (!tls_->write({part.data(), part.size()})) return false;
    backlog_->consume(part.size());
  }
  if (backlog_->empty()) backlog_ = nullptr;
  return true;
}

void Connection::flush_tls() {
  while (true) {
    const auto taken = send_wire();
    if (taken == Taken::failed) return end();
    if (taken == Taken::part) {
      if (pending_) move_to_backlog();  // its list lives no longer than the turn
      return wait_for_room(true);
    }
    if (queued() > 0) {
      if (!tls_->established()) {
        move_to_backlog();
        return;
      }
      if (!encrypt_some()) return end_failed();
    } else if (state_ == State::finishing) {
      tls_->finish();
    }
    if (tls_->wire().empty()) break;
  }
  backlog_ = nullptr;
  flushed_all();
}

// Tells the peer that nothing more comes, if that takes no waiting.
void Connection::say_goodbye() {
  if (broken_ || fd_ < 0 || !tls_->wire().empty()) return;
  tls_->finish();
  static_cast<void>(send_wire());
}

}  // namespace lectern::net
