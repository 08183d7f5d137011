#include <cstdint>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "gate/policy.h"

namespace {

using namespace lectern::gate;

// What one chat message costs at its sender's home and in its room, with range(0) users taking
// turns so slowly that nobody is refused. Not measured: the hop between the shards.
void AdmitAMessage(benchmark::State& state) {
  ScopeLimits users(default_rules(), Scope::user);
  ScopeLimits rooms(default_rules(), Scope::room);
  std::vector<std::string> ids;
  for (std::int64_t i = 0; i < state.range(0); ++i) ids.push_back("user-" + std::to_string(i));
  const std::string room = "3b241101-e2bb-4255-8caf-4136c566a962";
  lectern::TimeMs now = 1'700'000'000'000;
  std::size_t next = 0;
  for (auto _ : state) {
    now += 1100;
    const auto& id = ids[next++ % ids.size()];
    benchmark::DoNotOptimize(users.admit("chat:message", id, now));
    benchmark::DoNotOptimize(rooms.admit_in_room("chat:message", room, id, now));
  }
}
BENCHMARK(AdmitAMessage)->Arg(1)->Arg(1000);

}  // namespace
