#include <cstdlib>
#include <string>
#include <string_view>

#include <benchmark/benchmark.h>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/value.hpp>

#include "protocol/content.h"
#include "protocol/encoder.h"
#include "protocol/packet.h"

namespace {

using namespace lectern::protocol;

// 156 bytes: a chat message as a browser sends it, with an acknowledgement asked for.
constexpr std::string_view kEvent =
    R"(217["chat:message",{"roomId":"3b241101-e2bb-4255-8caf-4136c566a962",)"
    R"("content":"What does the second equation mean?","type":"text","clientId":"c-1042-7731"}])";
static_assert(kEvent.size() == 156);

EventContent read(std::string_view text, boost::json::storage_ptr storage) {
  const auto packet = decode(text);
  auto event = parse_event(*packet, std::move(storage));
  if (!event) std::abort();
  return std::move(*event);
}

// The header alone: what routing costs. Not measured: the JSON.
void ScanHeader(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(decode(kEvent));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(kEvent.size()));
}
BENCHMARK(ScanHeader);

// A packet read into its name and arguments, in a buffer on the stack.
void ReadEvent(benchmark::State& state) {
  for (auto _ : state) {
    unsigned char buffer[4096];
    boost::json::monotonic_resource storage(buffer);
    benchmark::DoNotOptimize(read(kEvent, &storage));
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(kEvent.size()));
}
BENCHMARK(ReadEvent);

// The same and written again as an event to others. Budget: 700 ns, which script/bench looks at.
// Not measured: the gate, the Frame and the sending.
void DecodeAndEncodeEventOf156Bytes(benchmark::State& state) {
  std::string out;
  for (auto _ : state) {
    unsigned char buffer[4096];
    boost::json::monotonic_resource storage(buffer);
    const auto event = read(kEvent, &storage);
    out = "4";
    encode_event(out, {PacketType::event, 0, "/", std::nullopt, {}}, event.name, event.args);
    benchmark::DoNotOptimize(out.data());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(kEvent.size()));
}
BENCHMARK(DecodeAndEncodeEventOf156Bytes);

}  // namespace
