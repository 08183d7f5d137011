#include "net/pending_sends.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

namespace lectern::net {
namespace {

// What one turn copies at most. Beyond that the copies would cost more than the system calls that
// they save, and memory besides.
constexpr std::size_t kMostCopied = 4 * 1024 * 1024;

}  // namespace

PendingSends::List* PendingSends::append(List* list, const Frame& frame) {
  List*& latest = list ? list->latest_ : latest_;
  if (latest && latest->last_ == frame) return latest;
  void* const place = memory_.allocate(sizeof(List), alignof(List));
  latest = made_ = new (place) List(list, frame, made_);
  return latest;
}

std::string_view PendingSends::joined(List& list) {
  if (!list.before_) return list.last_.wire();
  if (!list.joined_.empty()) return list.joined_;
  if (list.bytes_ > kMostCopied - copied_) return {};
  copied_ += list.bytes_;
  char* const bytes = static_cast<char*>(memory_.allocate(list.bytes_, 1));
  for (const List* part = &list; part; part = part->before_) {
    const std::string_view wire = part->last_.wire();
    std::memcpy(bytes + part->bytes_ - wire.size(), wire.data(), wire.size());
  }
  return list.joined_ = {bytes, list.bytes_};
}

std::vector<Frame> PendingSends::frames_of(const List& list) {
  std::vector<Frame> frames;
  for (const List* part = &list; part; part = part->before_) frames.push_back(part->last_);
  std::reverse(frames.begin(), frames.end());
  return frames;
}

void PendingSends::clear() {
  for (List* list = std::exchange(made_, nullptr); list;) {
    List* const next = list->made_before_;
    list->~List();
    list = next;
  }
  latest_ = nullptr;
  copied_ = 0;
  memory_.release();
}

}  // namespace lectern::net
