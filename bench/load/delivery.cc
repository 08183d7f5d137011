#include <stdexcept>

#include "bench/load/measuring.h"
#include "bench/load/workload.h"

namespace lectern::load {
namespace {

using std::chrono::duration_cast;
using std::chrono::nanoseconds;

constexpr std::chrono::seconds kArrivalLimit{20};
// Of those that stall: the echoes that they leave unread.
constexpr std::size_t kQuestionBytes = 16384;
constexpr std::size_t kQueuedAtFirst = 131072;
constexpr std::chrono::milliseconds kQuestionPause{3};

class Delivery {
 public:
  Delivery(const Target& target, const Plan& plan)
      : plan_(plan),
        target_(target),
        swarm_(peer_of(target.dialect, target.port)),
        stalled_(peer_of(target.dialect, target.port), {}, Swarm::Buffers::tiny),
        heard_(plan.connections) {
    if (plan.stalled > 0) stall();
    swarm_.open(plan.connections, plan.at_once, entries(target, /*join=*/true));
    swarm_.open(1, 1, entries(target, /*join=*/false));
  }

  // Publishes for so long, and waits until everybody has heard everything.
  void run(double seconds) {
    const auto ticks = std::max(1.0, seconds * plan_.rate);
    const nanoseconds interval(static_cast<nanoseconds::rep>(1e9 / plan_.rate));
    auto due = Clock::now();
    for (double tick = 0; tick < ticks; ++tick, due += interval) {
      while (Clock::now() < due) turn(due);
      publish(due);
      turn(Clock::now());
    }
    const auto limit = Clock::now() + kArrivalLimit;
    while (deliveries_ < due_.size() * heard_.size()) {
      turn(limit);
      if (Clock::now() >= limit) throw std::runtime_error("messages were lost");
    }
  }

  void forget_latencies() { latencies_ns_.clear(); }
  std::size_t deliveries() const { return deliveries_; }
  std::vector<std::uint32_t> latencies() { return std::move(latencies_ns_); }

 private:
  void publish(Clock::time_point due) {
    std::string frames;
    for (std::size_t i = 0; i < plan_.burst; ++i) {
      const auto number = static_cast<std::uint32_t>(due_.size());
      append_message(frames,
                     publish_message(target_.dialect, numbered_text(number, plan_.text_bytes)));
      due_.push_back(due);
    }
    swarm_.send(heard_.size(), frames);
  }

  void turn(Clock::time_point deadline) {
    swarm_.turn(deadline, [this](std::size_t index, std::string_view message, auto read_at) {
      take(index, message, read_at);
    });
  }

  void take(std::size_t index, std::string_view message, Clock::time_point read_at) {
    const auto text = published_text(message);
    const auto number = text ? number_of_text(*text) : std::nullopt;
    if (index >= heard_.size() || !number || *number != heard_[index] || *number >= due_.size())
      throw std::runtime_error("a message is missing or out of order: " +
                               std::string(message.substr(0, 80)));
    ++heard_[index];
    ++deliveries_;
    const auto latency = duration_cast<nanoseconds>(read_at - due_[*number]).count();
    latencies_ns_.push_back(
        static_cast<std::uint32_t>(std::min<std::int64_t>(latency, UINT32_MAX)));
  }

  // Members that ask for more than their sockets take, so that the room's messages stand behind it
  // in the server from the first one on.
  void stall() {
    stalled_.open(plan_.stalled, plan_.at_once, entries(target_, /*join=*/true));
    std::string question;
    append_message(question, echo_message(target_.dialect, 0, numbered_text(0, kQuestionBytes)));
    const auto wanted = room_of_unread_socket() + kQueuedAtFirst;
    for (std::size_t asked = 0; asked < wanted; asked += kQuestionBytes) {
      for (std::size_t i = 0; i < plan_.stalled; ++i) stalled_.send(i, question);
      const auto until = Clock::now() + kQuestionPause;
      while (Clock::now() < until) turn(until);
    }
  }

  const Plan& plan_;
  const Target& target_;
  Swarm swarm_;
  Swarm stalled_;                       // in the room, and never read again
  std::vector<std::uint32_t> heard_;    // messages, by member; they are numbered from 0
  std::vector<Clock::time_point> due_;  // by message
  std::size_t deliveries_ = 0;
  std::vector<std::uint32_t> latencies_ns_;
};

}  // namespace

Measurement measure_delivery(const Target& target, const Plan& plan) {
  Delivery delivery(target, plan);
  delivery.run(plan.warm_up);
  delivery.forget_latencies();
  const auto before = delivery.deliveries();
  const Measuring measuring(target.pid);
  delivery.run(plan.seconds);
  auto measurement = measuring.end(static_cast<double>(delivery.deliveries() - before));
  measurement.latencies_ns = delivery.latencies();
  return measurement;
}

}  // namespace lectern::load
