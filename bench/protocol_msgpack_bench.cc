#include <cstdlib>
#include <string>

#include <benchmark/benchmark.h>
#include <boost/json/array.hpp>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/object.hpp>

#include "protocol/content.h"
#include "protocol/msgpack.h"

namespace {

using namespace lectern::protocol;
namespace json = boost::json;

// 156 bytes: the chat message of protocol_event, as socket.io-msgpack-parser writes it.
std::string event() {
  const json::array args = {json::object{{"roomId", "3b241101-e2bb-4255-8caf-4136c566a962"},
                                         {"content", "What does this 2nd equation mean?"},
                                         {"type", "text"},
                                         {"clientId", "c-1042-7731"}}};
  std::string out;
  encode_msgpack_event(out, "/", 17, "chat:message", args, {});
  return out;
}

MsgpackPacket read(std::string_view bytes, json::storage_ptr storage) {
  auto packet = decode_msgpack(bytes, kDefaultMaxAttachments, std::move(storage));
  if (!packet) std::abort();
  return std::move(*packet);
}

// A packet read in a buffer on the stack.
void ReadMsgpackEvent(benchmark::State& state) {
  const std::string bytes = event();
  for (auto _ : state) {
    unsigned char buffer[4096];
    json::monotonic_resource storage(buffer);
    benchmark::DoNotOptimize(read(bytes, &storage));
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes.size()));
}
BENCHMARK(ReadMsgpackEvent);

// The same and written again as an event to others. Budget: 2 us. Not measured: the gate, the Frame
// and the sending.
void ReadAndWriteMsgpackEvent(benchmark::State& state) {
  const std::string bytes = event();
  if (bytes.size() != 156) std::abort();
  std::string out;
  for (auto _ : state) {
    unsigned char buffer[4096];
    json::monotonic_resource storage(buffer);
    const auto packet = read(bytes, &storage);
    const auto content = split_event(packet.data.get_array());
    if (!content) std::abort();
    out.clear();
    encode_msgpack_event(out, "/", std::nullopt, content->name, content->args, packet.attachments);
    benchmark::DoNotOptimize(out.data());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes.size()));
}
BENCHMARK(ReadAndWriteMsgpackEvent);

}  // namespace
