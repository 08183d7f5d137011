#include <cstdint>
#include <cstdlib>
#include <string>

#include "engine/payload.h"

// Property: what decode_payload() accepts, joined again, is the input.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(bytes), size);
  const auto packets = lectern::engine::decode_payload(body, 1 << 16);
  if (!packets) return 0;
  std::string joined;
  for (const auto& packet : *packets)
    lectern::engine::append_to_payload(joined, packet.type + std::string(packet.data));
  if (joined != body) std::abort();
  return 0;
}
