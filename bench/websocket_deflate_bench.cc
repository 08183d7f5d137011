#include <cstdlib>
#include <string>

#include <benchmark/benchmark.h>

#include "websocket/deflate.h"

namespace {

using namespace lectern::websocket;

// A list of participants in JSON with range(0) rows of 69 bytes: messages of this kind are long
// enough to be compressed. Random names would compress worse, a page of chat better.
std::string message(std::int64_t rows) {
  std::string text = R"(42["room:participants",[)";
  for (std::int64_t i = 0; i < rows; ++i)
    text += R"({"userId":"3b241101-e2bb-4255-8caf-)" + std::to_string(413'656'661'962 + 7919 * i) +
            R"(","name":"student )" + std::to_string(i) + "\"},";
  text.back() = ']';
  return text + ']';
}

// Compresses one message as a server does; range(1) is the level of zlib.
void DeflateMessage(benchmark::State& state) {
  const std::string text = message(state.range(0));
  Deflater deflater(kMaxWindowBits, static_cast<int>(state.range(1)));
  std::string out;
  for (auto _ : state) {
    out.clear();
    deflater.deflate(text, out);
    benchmark::DoNotOptimize(out.data());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
  state.counters["ratio"] = static_cast<double>(text.size()) / static_cast<double>(out.size());
}
BENCHMARK(DeflateMessage)->ArgsProduct({{1, 16, 256}, {1, 6}});

void InflateMessage(benchmark::State& state) {
  const std::string text = message(state.range(0));
  std::string compressed;
  Deflater().deflate(text, compressed);
  Inflater inflater;
  std::string out;
  for (auto _ : state) {
    const auto read = inflater.inflate({Opcode::text, compressed, true}, text.size(), out);
    if (!read) std::abort();
    benchmark::DoNotOptimize(read->payload.data());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK(InflateMessage)->Arg(1)->Arg(16)->Arg(256);

}  // namespace
