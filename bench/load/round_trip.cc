#include <algorithm>
#include <stdexcept>

#include "bench/load/measuring.h"
#include "bench/load/workload.h"

namespace lectern::load {
namespace {

using std::chrono::duration;
using std::chrono::duration_cast;
using std::chrono::nanoseconds;

constexpr std::chrono::seconds kAnswerLimit{10};

class RoundTrips {
 public:
  RoundTrips(const Target& target, const Plan& plan)
      : plan_(plan),
        target_(target),
        text_(plan.text_bytes, 'x'),
        swarm_(peer_of(target.dialect, target.port)),
        next_answer_(plan.connections) {
    swarm_.open(plan.connections, plan.at_once, entries(target, /*join=*/false));
  }

  // Asks for so long, and waits for the last answer.
  void run(double seconds) {
    ends_ = Clock::now() + duration_cast<nanoseconds>(duration<double>(seconds));
    if (plan_.rate > 0) {
      ask_at_rate();
    } else {
      for (std::size_t index = 0; index < next_answer_.size(); ++index) ask(index, Clock::now());
    }
    const auto limit = ends_ + kAnswerLimit;
    while (answers_ < due_.size()) {
      turn(limit);
      if (Clock::now() >= limit) throw std::runtime_error("answers were lost");
    }
  }

  void forget_latencies() { latencies_ns_.clear(); }
  std::size_t answers() const { return answers_; }
  std::vector<std::uint32_t> latencies() { return std::move(latencies_ns_); }

 private:
  void ask_at_rate() {
    const nanoseconds interval(static_cast<nanoseconds::rep>(1e9 / plan_.rate));
    std::size_t index = 0;
    for (auto due = Clock::now(); due < ends_; due += interval) {
      while (Clock::now() < due) turn(due);
      ask(index++ % next_answer_.size(), due);
    }
  }

  void ask(std::size_t index, Clock::time_point due) {
    frames_.clear();
    append_message(frames_,
                   echo_message(target_.dialect, static_cast<std::uint32_t>(due_.size()), text_));
    due_.push_back(due);
    swarm_.send(index, frames_);
  }

  void turn(Clock::time_point deadline) {
    swarm_.turn(deadline, [this](std::size_t index, std::string_view message, auto read_at) {
      take(index, message, read_at);
    });
  }

  void take(std::size_t index, std::string_view message, Clock::time_point read_at) {
    const auto id = echoed_id(message);
    if (!id || *id >= due_.size() || *id < next_answer_[index])
      throw std::runtime_error("not the answer: " + std::string(message.substr(0, 80)));
    next_answer_[index] = *id + 1;
    ++answers_;
    const auto latency = duration_cast<nanoseconds>(read_at - due_[*id]).count();
    latencies_ns_.push_back(
        static_cast<std::uint32_t>(std::min<std::int64_t>(latency, UINT32_MAX)));
    if (plan_.rate <= 0 && read_at < ends_) ask(index, Clock::now());
  }

  const Plan& plan_;
  const Target& target_;
  std::string text_;
  Swarm swarm_;
  std::vector<std::uint32_t> next_answer_;  // by connection: the least id that it may bring
  std::vector<Clock::time_point> due_;      // by id
  Clock::time_point ends_;
  std::size_t answers_ = 0;
  std::string frames_;
  std::vector<std::uint32_t> latencies_ns_;
};

}  // namespace

Measurement measure_round_trips(const Target& target, const Plan& plan) {
  RoundTrips trips(target, plan);
  trips.run(plan.warm_up);
  trips.forget_latencies();
  const auto before = trips.answers();
  const Measuring measuring(target.pid);
  trips.run(plan.seconds);
  auto measurement = measuring.end(static_cast<double>(trips.answers() - before));
  measurement.latencies_ns = trips.latencies();
  return measurement;
}

}  // namespace lectern::load
