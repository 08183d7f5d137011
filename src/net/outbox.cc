#include "net/outbox.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace lectern::net {
namespace {

constexpr std::size_t kMaxPieces = 64;  // of one system call

}  // namespace

std::string_view Outbox::view_of(const Chunk& chunk) {
  if (const auto* frame = std::get_if<Frame>(&chunk)) return frame->wire();
  if (const auto* text = std::get_if<std::string>(&chunk)) return *text;
  return *std::get<std::shared_ptr<const std::string>>(chunk);
}

void Outbox::push(Chunk chunk) {
  const std::size_t size = view_of(chunk).size();
  if (size == 0) return;
  bytes_ += size;
  chunks_.push_back(std::move(chunk));
}

Outbox::Flushed Outbox::flush(int fd) {
  while (bytes_ > 0) {
    std::array<iovec, kMaxPieces> pieces;
    std::size_t count = 0;
    std::size_t wanted = 0;
    for (std::size_t i = first_; i < chunks_.size() && count < kMaxPieces; ++i) {
      const std::string_view view = view_of(chunks_[i]).substr(i == first_ ? offset_ : 0);
      pieces[count++] = {const_cast<char*>(view.data()), view.size()};
      wanted += view.size();
    }
    msghdr message{};
    message.msg_iov = pieces.data();
    message.msg_iovlen = count;
    const ssize_t sent = sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return errno == EAGAIN ? Flushed::blocked : Flushed::failed;
    consume(static_cast<std::size_t>(sent));
    if (static_cast<std::size_t>(sent) < wanted) return Flushed::blocked;
  }
  return Flushed::all;
}

std::span<char> Outbox::copy(std::span<char> to) const {
  std::size_t size = 0;
  for (std::size_t i = first_; i < chunks_.size() && size < to.size(); ++i) {
    const std::string_view view = view_of(chunks_[i]).substr(i == first_ ? offset_ : 0);
    size += view.copy(to.data() + size, to.size() - size);
  }
  return to.first(size);
}

void Outbox::consume(std::size_t sent) {
  bytes_ -= sent;
  while (sent > 0) {
    const std::size_t left = view_of(chunks_[first_]).size() - offset_;
    const std::size_t part = std::min(left, sent);
    sent -= part;
    offset_ += part;
    if (part == left) {
      chunks_[first_++] = Frame();
      offset_ = 0;
    }
  }
  if (bytes_ == 0) {
    chunks_ = {};  // an idle connection owns no queue
    first_ = 0;
  } else if (first_ > 1024 && first_ > chunks_.size() / 2) {
    chunks_.erase(chunks_.begin(), chunks_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
  }
}

void Outbox::drop_unsent() {
  const std::size_t kept = first_ + (offset_ > 0 ? 1 : 0);
  for (std::size_t i = kept; i < chunks_.size(); ++i) bytes_ -= view_of(chunks_[i]).size();
  chunks_.resize(std::min(kept, chunks_.size()));
  if (bytes_ == 0) {
    chunks_ = {};
    first_ = 0;
  }
}

}  // namespace lectern::net
