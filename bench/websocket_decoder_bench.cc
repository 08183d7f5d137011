#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "websocket/decoder.h"
#include "websocket/encoder.h"

namespace {

using namespace lectern::websocket;

constexpr std::uint32_t kKey = 0x37fa213d;

std::size_t take_all(Decoder& decoder, std::span<char> bytes) {
  std::size_t messages = 0;
  while (true) {
    const auto message = decoder.next(bytes);
    if (!message) std::abort();
    if (!*message) return messages;
    ++messages;
  }
}

// One read with 100 text frames of range(0) bytes, as a busy connection gives them. Restoring the
// masked bytes for the next round is measured with it: one memcpy. Not measured: the read.
void DecodeFrames(benchmark::State& state) {
  std::string wire;
  for (int i = 0; i < 100; ++i)
    append_client_frame(wire, Opcode::text,
                        std::string(static_cast<std::size_t>(state.range(0)), 'x'), kKey);
  std::vector<char> buffer(wire.size());
  Decoder decoder(1'000'000);
  for (auto _ : state) {
    std::memcpy(buffer.data(), wire.data(), wire.size());
    if (take_all(decoder, buffer) != 100) std::abort();
  }
  state.SetItemsProcessed(state.iterations() * 100);
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(wire.size()));
}
BENCHMARK(DecodeFrames)->Arg(64)->Arg(156)->Arg(4096);

// One frame of 64 bytes that arrives in two reads: the slow path, with its allocation.
void DecodeAFrameInTwoReads(benchmark::State& state) {
  std::string wire;
  append_client_frame(wire, Opcode::text, std::string(64, 'x'), kKey);
  Decoder decoder(1'000'000);
  for (auto _ : state) {
    std::string buffer = wire;
    const std::span<char> bytes(buffer);
    if (take_all(decoder, bytes.first(20)) + take_all(decoder, bytes.subspan(20)) != 1)
      std::abort();
  }
}
BENCHMARK(DecodeAFrameInTwoReads);

}  // namespace
