#pragma once

#include <chrono>
#include <cstddef>
#include <optional>

#include <boost/intrusive/list.hpp>

#include "base/time.h"

namespace lectern::net {

// One armed time-out, inside the object that it belongs to: no timer, no allocation. Disarms itself
// when it is destroyed.
class Deadline : public boost::intrusive::list_base_hook<
                     boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  // `expired` is called with `owner`; it may arm again or destroy the owner.
  Deadline(void* owner, void (*expired)(void*)) : owner_(owner), expired_(expired) {}
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

  void disarm() { unlink_if_linked(); }
  bool armed() const { return is_linked(); }
  SteadyClock::time_point due() const { return at_; }  // when armed, or once it was

 private:
  friend class DeadlineList;
  void unlink_if_linked() {
    if (is_linked()) unlink();
  }

  void* owner_;
  void (*expired_)(void*);
  SteadyClock::time_point at_;
};

// Deadlines that are all armed for the same duration, so that the first armed is the first due:
// arming, disarming and looking cost O(1).
class DeadlineList {
 public:
  explicit DeadlineList(std::chrono::milliseconds duration) : duration_(duration) {}

  // One that counts from an earlier moment than the one armed before it expires with that one, if
  // its own time comes first.
  void arm(Deadline& deadline, SteadyClock::time_point from) {
    deadline.unlink_if_linked();
    deadline.at_ = from + duration_;
    list_.push_back(deadline);
  }

  std::optional<SteadyClock::time_point> next() const {
    if (list_.empty()) return std::nullopt;
    return list_.front().at_;
  }

  void expire(SteadyClock::time_point now) {
    while (!list_.empty() && list_.front().at_ <= now) {
      Deadline& due = list_.front();
      list_.pop_front();
      due.expired_(due.owner_);
    }
  }

 private:
  std::chrono::milliseconds duration_;
  boost::intrusive::list<Deadline, boost::intrusive::constant_time_size<false>> list_;
};

}  // namespace lectern::net
