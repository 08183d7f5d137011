#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "websocket/decoder.h"
#include "websocket/deflate.h"
#include "websocket/encoder.h"

namespace {

using namespace lectern::websocket;

constexpr std::size_t kMax = 1 << 15;

void require(bool claim) {
  if (!claim) std::abort();
}

// The message and its bytes or its error, so that two inflaters can be compared.
std::string outcome(Inflater& inflater, std::string_view payload, Opcode opcode) {
  std::string out = "what was there";
  const auto message = inflater.inflate({opcode, payload, /*compressed=*/true}, kMax, out);
  require(out.size() <= kMax + (1 << 14));
  if (!message) return "error " + message.error().message();
  require(message->payload.size() <= kMax);
  return "message " + std::string(message->payload);
}

// A peer's bytes: the inflater that serves everybody says the same before and after them, and the
// same as one with takeover says to its first message.
void check_inflater(std::string_view payload, Opcode opcode) {
  static Inflater shared;
  Inflater own(ContextTakeover::kept);
  const std::string first = outcome(shared, payload, opcode);
  require(outcome(shared, payload, opcode) == first);
  require(outcome(own, payload, opcode) == first);
  require(outcome(shared, std::string_view("\xf2\x48\xcd\xc9\xc9\x07\x00", 7), opcode) ==
          "message Hello");
}

// A message that is compressed, sent in fragments, received in pieces and inflated is the same.
void check_round_trip(std::string_view payload, std::size_t fragment, std::size_t piece) {
  static Deflater wide(15, 1);
  static Deflater narrow(9, 9);
  Inflater inflater(ContextTakeover::kept);
  Decoder decoder(2 * kMax, Role::server, Compression::deflate);
  for (Deflater* deflater : {&wide, &narrow}) {
    std::string compressed;
    deflater->deflate(payload, compressed);
    std::string wire;
    for (std::size_t at = 0; at < compressed.size(); at += fragment)
      append_client_frame(wire, at == 0 ? Opcode::binary : Opcode::continuation,
                          std::string_view(compressed).substr(at, fragment), 0x37fa213d,
                          /*fin=*/at + fragment >= compressed.size(), /*compressed=*/at == 0);
    bool received = false;
    for (std::size_t at = 0; at < wire.size(); at += piece) {
      std::span<char> bytes(wire.data() + at, std::min(piece, wire.size() - at));
      while (const auto message = decoder.next(bytes).value()) {
        std::string out;
        require(!received && message->compressed);
        require(inflater.inflate(*message, kMax, out).value().payload == payload);
        received = true;
      }
    }
    require(received && decoder.idle());
  }
}

}  // namespace

// The first byte chooses the sizes of fragments and pieces, and the opcode.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size == 0 || size > kMax) return 0;
  const std::string_view input(reinterpret_cast<const char*>(bytes) + 1, size - 1);
  check_inflater(input, (bytes[0] & 0x80) != 0 ? Opcode::text : Opcode::binary);
  check_round_trip(input, std::size_t{bytes[0]} % 16 * 16 + 1, std::size_t{bytes[0]} / 16 * 8 + 1);
  return 0;
}
