#include <string>

#include <benchmark/benchmark.h>

#include "engine/payload.h"

namespace {

// One POST with range(0) messages of 64 bytes, the size that clients send most. Not measured: the
// HTTP around it.
void DecodePayload(benchmark::State& state) {
  std::string body;
  for (auto n = state.range(0); n > 0; --n)
    lectern::engine::append_to_payload(body, "4" + std::string(64, 'x'));
  for (auto _ : state) benchmark::DoNotOptimize(lectern::engine::decode_payload(body, body.size()));
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(body.size()));
}
BENCHMARK(DecodePayload)->Arg(1)->Arg(16)->Arg(256);

}  // namespace
