// What a chat message costs between its payload and the room: the user's limits, the permission,
// the schema, the sanitiser, the room's limits. JSON was parsed before.
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <string>

#include <benchmark/benchmark.h>
#include <boost/json/object.hpp>

#include "app/home_gate.h"
#include "gate/policy.h"

namespace {

std::uint64_t allocations = 0;  // of this program, which has one thread

}  // namespace

[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  if (void* const bytes = std::malloc(size)) return bytes;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* bytes) noexcept { std::free(bytes); }
[[gnu::noinline]] void operator delete(void* bytes, std::size_t) noexcept { std::free(bytes); }

namespace lectern::app {
namespace {

constexpr const char* kRoom = "3b241101-e2bb-4255-8caf-4136c566a962";
constexpr TimeMs kBetween = 1100;  // so that no limit is reached

Request message_of(std::string content) {
  Request made;
  made.event = find_event("chat:message")->name;
  made.payload = {{"roomId", kRoom}, {"content", std::move(content)}};
  auto caller = std::make_shared<Caller>();
  caller->claims.user_id = "7f3b2a10-5b7c-4a5e-9d55-0d2d3c1f8a11";
  caller->permissions = {"chat:read", "chat:write", "room:join", "room:leave"};
  made.caller = std::move(caller);
  return made;
}

void pass(benchmark::State& state, const std::string& content) {
  HomeGate home(gate::default_rules());
  gate::ScopeLimits room(gate::default_rules(), gate::Scope::room);
  Request request = message_of(content);
  TimeMs now = 1'700'000'000'000;
  const auto before = allocations;
  for (auto _ : state) {
    now += kBetween;
    if (home.admit(request, now) ||
        room.admit_in_room(request.event, kRoom, request.user_id(), now)) {
      state.SkipWithError("the message was refused");
      break;
    }
    benchmark::DoNotOptimize(request.parsed);
  }
  state.counters["allocations"] = benchmark::Counter(static_cast<double>(allocations - before),
                                                     benchmark::Counter::kAvgIterations);
}

std::string repeated(const std::string& piece, std::size_t size) {
  std::string text;
  while (text.size() + piece.size() <= size) text += piece;
  return text;
}

// The message most people send: 200 characters of words. Budget 5 µs.
void PlainMessage(benchmark::State& state) { pass(state, repeated("see you at noon ", 200)); }
BENCHMARK(PlainMessage);

// The most expensive one that the schema lets pass.
void DeepestMessage(benchmark::State& state) { pass(state, repeated("<b>x", 1000)); }
BENCHMARK(DeepestMessage);

}  // namespace
}  // namespace lectern::app
