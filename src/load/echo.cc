#include <chrono>

#include <boost/json/object.hpp>

#include "load/lesson.h"

namespace lectern::load {
namespace {

// Acknowledged events, one connection after the other.
class Echo final : public Lesson {
 public:
  Echo(const Peer& peer, const Plan& plan) : Lesson(peer, plan, /*rooms=*/0) {}

 private:
  void work(Clock::time_point end) override {
    using std::chrono::milliseconds;
    const auto pause = std::chrono::nanoseconds(static_cast<std::int64_t>(1e9 / plan().rate));
    std::size_t next = 0;
    for (auto due = Clock::now(); due < end && !crowd().stopped(); due += pause) {
      crowd().run_until(due);
      const auto now = std::chrono::system_clock::now().time_since_epoch();
      const boost::json::object payload{
          {"sentAt", std::chrono::duration_cast<milliseconds>(now).count()}};
      crowd().measured_request(students()[next++ % students().size()], plan().echo_event, payload,
                               due, {});
    }
    crowd().run_until(end);
  }
};

}  // namespace

Report run_echo(const Peer& peer, const Plan& plan) { return Echo(peer, plan).run(); }

}  // namespace lectern::load
