#include <cstdint>
#include <string>

#include <benchmark/benchmark.h>

#include "gate/sanitiser.h"

namespace {

using lectern::gate::sanitise;

std::string repeated(const std::string& piece, std::size_t size) {
  std::string text;
  while (text.size() + piece.size() <= size) text += piece;
  return text;
}

void clean(benchmark::State& state, const std::string& typed) {
  for (auto _ : state) benchmark::DoNotOptimize(sanitise(typed));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(typed.size()));
}

// The message most people send: 200 characters of words. Budget 2 µs.
void PlainWords(benchmark::State& state) { clean(state, repeated("see you at noon ", 200)); }
BENCHMARK(PlainWords);

// The same with one tag, which made the source pattern a hundred times slower (D7).
void OneTag(benchmark::State& state) {
  clean(state, repeated("see you at noon ", 190) + "<b>now</b>");
}
BENCHMARK(OneTag);

// The most expensive messages of 1000 characters that the schema lets pass. Budget 20 µs each.
void DeepNesting(benchmark::State& state) { clean(state, repeated("<b>", 1000)); }
BENCHMARK(DeepNesting);

void Misnesting(benchmark::State& state) {
  clean(state, repeated(repeated("<i>", 24) + repeated("<b>", 24) + repeated("</i>", 32), 1000));
}
BENCHMARK(Misnesting);

void EmptyElements(benchmark::State& state) { clean(state, repeated("<i></i>", 1000)); }
BENCHMARK(EmptyElements);

void Ampersands(benchmark::State& state) { clean(state, repeated("&a", 1000)); }
BENCHMARK(Ampersands);

// Not measured: parsing the JSON around it, the rest of the gate.

}  // namespace
