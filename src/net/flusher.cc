#include "net/flusher.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstddef>

#include "net/connection.h"

namespace lectern::net {
namespace {

// How far ahead the processor fetches connections, which are all over the memory.
constexpr std::size_t kAhead = 6;

}  // namespace

void Flusher::add(Connection& connection) {
  if (!std::exchange(connection.dirty_, true)) dirty_.push_back(&connection);
}

// First all sends, in which no handler runs, so that no list changes while the kernel reads it.
// Then what needs a second look; its handlers may make others dirty.
void Flusher::flush() {
  while (!dirty_.empty()) {
    batch_.swap(dirty_);
    for (std::size_t i = 0; i < batch_.size(); ++i) {
      if (i + kAhead < batch_.size()) __builtin_prefetch(batch_[i + kAhead]);
      start(*batch_[i]);
    }
    submit();
    batch_.clear();
    for (Connection* connection : std::exchange(unsettled_, {})) {
      if (connection->broken_) {
        connection->end();
      } else {
        connection->flush_backlog();
      }
    }
  }
  pending_.clear();
}

void Flusher::start(Connection& connection) {
  connection.dirty_ = false;
  if (connection.state_ == Connection::State::ended) return;
  // What is encrypted is one connection's own.
  if (connection.tls_) return unsettled_.push_back(&connection);
  if (connection.backlog_ || connection.state_ != Connection::State::open)
    unsettled_.push_back(&connection);
  if (!connection.pending_) return;
  const auto bytes = pending_.joined(*connection.pending_);
  if (bytes.empty()) {
    connection.move_to_backlog();
    if (connection.state_ == Connection::State::open) unsettled_.push_back(&connection);
    return;
  }
  auto* const list = std::exchange(connection.pending_, nullptr);
  if (!ring_) {
    const ssize_t sent =
        ::send(connection.fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    connection.sent(*list, sent < 0 ? -errno : sent);
    if (connection.broken_) unsettled_.push_back(&connection);
    return;
  }
  if (ring_->full()) submit();
  ring_->add(connection.fd_, bytes, under_way_.size());
  under_way_.push_back({&connection, list});
}

void Flusher::submit() {
  if (under_way_.empty()) return;
  for (const auto& [token, result] : ring_->submit()) {
    const auto& [connection, list] = under_way_[token];
    connection->sent(*list, result);
    if (connection->broken_) unsettled_.push_back(connection);
  }
  under_way_.clear();
}

}  // namespace lectern::net
