#include "events/follow.h"

#include <atomic>
#include <thread>
#include <utility>

namespace lectern::events {
namespace {

// What the thread works with. Shared, because it may be in a visit that destroys the subscription.
struct Course {
  EventLog& log;
  Growth& growth;
  std::uint64_t next;  // the position to visit
  EventLog::Visitor visit;
  std::atomic<bool> stopped = false;

  void follow() {
    for (bool enough = false; !enough && !stopped;) {
      // Counted before reading: what is appended while this reads makes wait() return at once.
      const std::uint64_t seen = growth.count();
      log.read_all(next, [this, &enough](const DomainEvent& event) {
        if (stopped) return false;
        next = event.position + 1;
        enough = !visit(event);
        return !enough && !stopped;
      });
      if (!enough && !stopped) growth.wait(seen);
    }
  }
};

class Follower final : public Subscription {
 public:
  explicit Follower(std::shared_ptr<Course> course)
      : course_(std::move(course)), thread_([course = course_] { course->follow(); }) {}

  ~Follower() override {
    course_->stopped = true;
    course_->growth.tell();
    if (thread_.get_id() == std::this_thread::get_id()) {
      thread_.detach();  // inside a visit: the thread ends by itself when that returns
    } else {
      thread_.join();
    }
  }

 private:
  std::shared_ptr<Course> course_;
  std::thread thread_;
};

}  // namespace

std::uint64_t Growth::count() const {
  std::lock_guard lock(mutex_);
  return count_;
}

void Growth::tell() {
  std::lock_guard lock(mutex_);
  ++count_;
  told_.notify_all();
}

void Growth::wait(std::uint64_t seen) const {
  std::unique_lock lock(mutex_);
  told_.wait(lock, [&] { return count_ != seen; });
}

std::unique_ptr<Subscription> follow(EventLog& log, Growth& growth, std::uint64_t from_position,
                                     EventLog::Visitor visit) {
  auto* course = new Course{log, growth, from_position, std::move(visit)};
  return std::make_unique<Follower>(std::shared_ptr<Course>(course));
}

}  // namespace lectern::events
