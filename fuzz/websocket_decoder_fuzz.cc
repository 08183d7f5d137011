#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "websocket/decoder.h"

namespace {

using namespace lectern::websocket;

// Everything that comes out, in text, so that two runs can be compared.
std::string decode(Decoder&& decoder, std::string bytes, std::size_t piece) {
  std::string out;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    std::span<char> part(bytes.data() + at, std::min(piece, bytes.size() - at));
    while (true) {
      // A string doubles when it grows.
      if (decoder.allocated() > 2 * (at + piece)) std::abort();
      const auto message = decoder.next(part);
      if (!message) return out + "error " + message.error().message();
      if (!*message) break;
      if ((*message)->payload.size() > std::min<std::size_t>(bytes.size(), 4096)) std::abort();
      out += std::to_string(static_cast<int>((*message)->opcode)) + ' ';
      if ((*message)->compressed) out += "compressed ";
      out += std::string((*message)->payload) + '\n';
    }
  }
  return out;
}

}  // namespace

// Properties: messages and error do not depend on how the bytes were cut, and the decoder never
// holds more than what it was given. The first byte chooses the size of the pieces, the role and
// whether the extension is on.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size == 0) return 0;
  const std::string input(reinterpret_cast<const char*>(bytes) + 1, size - 1);
  const auto decoder = [bytes] {
    return Decoder(4096, (bytes[0] & 0x40) != 0 ? Role::client : Role::server,
                   (bytes[0] & 0x80) != 0 ? Compression::deflate : Compression::none);
  };
  const std::size_t piece = std::size_t{bytes[0]} % 16 + 1;
  if (decode(decoder(), input, piece) != decode(decoder(), input, size)) std::abort();
  return 0;
}
