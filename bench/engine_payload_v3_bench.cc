#include <cstdlib>
#include <string>

#include <benchmark/benchmark.h>

#include "engine/payload_v3.h"

namespace {

using namespace lectern::engine;

void decode(benchmark::State& state, PayloadForm form, const std::string& packet) {
  std::string body;
  for (auto n = state.range(0); n > 0; --n) append_packet_v3(body, form, packet);
  for (auto _ : state) {
    const auto packets = decode_payload_v3(form, body, body.size());
    if (!packets) std::abort();
    benchmark::DoNotOptimize(packets->data());
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(body.size()));
}

// One POST with range(0) messages of 64 bytes, as in engine_payload. Not measured: the HTTP.
void DecodeTextPayloadV3(benchmark::State& state) {
  decode(state, PayloadForm::text, "4" + std::string(64, 'x'));
}
BENCHMARK(DecodeTextPayloadV3)->Arg(1)->Arg(16)->Arg(256);

// The same in a script without ASCII, where every code unit is counted by itself.
void DecodeCyrillicPayloadV3(benchmark::State& state) {
  std::string packet = "4";
  for (int i = 0; i < 32; ++i) packet += "\xd0\xb6";
  decode(state, PayloadForm::text, packet);
}
BENCHMARK(DecodeCyrillicPayloadV3)->Arg(16);

void DecodeBinaryPayloadV3(benchmark::State& state) {
  decode(state, PayloadForm::binary, "4" + std::string(64, 'x'));
}
BENCHMARK(DecodeBinaryPayloadV3)->Arg(1)->Arg(16)->Arg(256);

}  // namespace
