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
constexpr std::size_t kManyGaps = 64;
constexpr std::size_t kManySent = 1024;

}  // namespace

std::string_view Outbox::view_of(const Chunk& chunk) {
  if (const auto* frame = std::get_if<Frame>(&chunk))
    return *frame ? frame->wire() : std::string_view();
  if (const auto* text = std::get_if<std::string>(&chunk)) return *text;
  return *std::get<std::shared_ptr<const std::string>>(chunk);
}

void Outbox::grew(std::size_t bytes) {
  bytes_ += bytes;
  queued_.add(bytes);
}

void Outbox::shrank(std::size_t bytes) {
  bytes_ -= bytes;
  queued_.subtract(bytes);
}

void Outbox::push(Chunk chunk) {
  const std::size_t size = view_of(chunk).size();
  if (size == 0) return;
  grew(size);
  chunks_.push_back(std::move(chunk));
}

bool Outbox::replace(std::string_view key, const Frame& frame) {
  if (!latest_) latest_ = std::make_unique<LatestByKey>();
  const auto old = latest_->take(key);
  const bool waits = old && *old >= first_ + (offset_ > 0 ? 1 : 0);
  if (waits) {
    shrank(view_of(chunks_[*old]).size());
    chunks_[*old] = Frame();
    if (++gaps_ > kManyGaps && gaps_ > chunks_.size() / 2) close_gaps();
  }
  latest_->put(key, chunks_.size());
  push(frame);
  return waits;
}

Outbox::Flushed Outbox::flush(int fd) {
  while (bytes_ > 0) {
    std::array<iovec, kMaxPieces> pieces;
    std::size_t count = 0;
    std::size_t wanted = 0;
    for (std::size_t i = first_; i < chunks_.size() && count < kMaxPieces; ++i) {
      const std::string_view view = view_of(chunks_[i]).substr(i == first_ ? offset_ : 0);
      if (view.empty()) continue;
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
  shrank(sent);
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
  clear_when_empty();
  if (first_ > kManySent && first_ > chunks_.size() / 2) close_gaps();
}

void Outbox::drop_unsent() {
  const std::size_t kept = first_ + (offset_ > 0 ? 1 : 0);
  for (std::size_t i = kept; i < chunks_.size(); ++i) shrank(view_of(chunks_[i]).size());
  chunks_.resize(std::min(kept, chunks_.size()));
  latest_ = nullptr;
  clear_when_empty();
}

// An idle connection owns no queue.
void Outbox::clear_when_empty() {
  if (bytes_ > 0) return;
  chunks_ = {};
  latest_ = nullptr;
  first_ = gaps_ = 0;
}

void Outbox::close_gaps() {
  std::vector<std::size_t> before(chunks_.size());  // how many stay, of those before each
  std::size_t kept = 0;
  for (std::size_t i = 0; i < chunks_.size(); ++i) {
    before[i] = kept;
    if (i < first_ || view_of(chunks_[i]).empty()) continue;
    if (i != kept) chunks_[kept] = std::move(chunks_[i]);
    ++kept;
  }
  if (latest_)
    latest_->rearrange([&](std::size_t place) -> std::optional<std::size_t> {
      if (place < first_) return std::nullopt;
      return before[place];
    });
  chunks_.resize(kept);
  first_ = gaps_ = 0;
}

}  // namespace lectern::net
