#include "net/mailbox.h"

#include <utility>

#include "base/contained.h"

namespace lectern::net {

Mailbox::Mailbox(LogSink* log) : log_(log), head_(new Node), tail_(head_.load()) {}

Mailbox::~Mailbox() {
  for (Node* node = tail_; node;) delete std::exchange(node, node->next.load());
}

bool Mailbox::post(Task task) {
  size_.fetch_add(1, std::memory_order_relaxed);
  Node* const node = new Node;
  node->task = std::move(task);
  Node* const before = head_.exchange(node, std::memory_order_acq_rel);
  before->next.store(node, std::memory_order_release);
  return !awake_.exchange(true, std::memory_order_seq_cst);
}

bool Mailbox::drain(std::size_t limit) {
  // Cleared first: what is posted from here on either is found below or wakes us again.
  awake_.store(false, std::memory_order_seq_cst);
  for (std::size_t done = 0; done < limit; ++done) {
    Node* const next = tail_->next.load(std::memory_order_acquire);
    if (!next) return false;
    delete std::exchange(tail_, next);
    size_.fetch_sub(1, std::memory_order_relaxed);
    Task task = std::move(next->task);
    contained(log_, task);
  }
  return tail_->next.load(std::memory_order_acquire) != nullptr;
}

}  // namespace lectern::net
