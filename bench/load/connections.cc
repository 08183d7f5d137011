#include "bench/load/measuring.h"
#include "bench/load/workload.h"

namespace lectern::load {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLook{200};
constexpr int kStillLooks = 5;
constexpr int kLooks = 75;
constexpr std::size_t kFirst = 100;  // what a server allocates once, it allocates for these

// Returns when the server's memory has not changed for a second, or after fifteen.
void settle(Swarm& swarm, pid_t server) {
  auto bytes = usage_of(server).bytes;
  int still = 0;
  for (int look = 0; look < kLooks && still < kStillLooks; ++look) {
    for (const auto next = Clock::now() + kLook; Clock::now() < next;)
      swarm.turn(next, [](std::size_t, std::string_view, Clock::time_point) {});
    const auto now = usage_of(server).bytes;
    still = now == bytes ? still + 1 : 0;
    bytes = now;
  }
}

}  // namespace

Measurement measure_idle(const Target& target, const Plan& plan) {
  Swarm swarm(peer_of(target.dialect, target.port));
  swarm.open(kFirst, plan.at_once, entries(target, /*join=*/true));
  settle(swarm, target.pid);
  const Measuring measuring(target.pid);
  swarm.open(plan.connections, plan.at_once, entries(target, /*join=*/true));
  settle(swarm, target.pid);
  return measuring.end(static_cast<double>(plan.connections));
}

Measurement measure_connects(const Target& target, const Plan& plan) {
  Swarm swarm(peer_of(target.dialect, target.port));
  // A compiler that works while the program runs has seen enough after so many.
  swarm.open(plan.connections / 3, plan.at_once, entries(target, /*join=*/false));
  const Measuring measuring(target.pid);
  swarm.open(plan.connections, plan.at_once, entries(target, /*join=*/false));
  return measuring.end(static_cast<double>(plan.connections));
}

}  // namespace lectern::load
