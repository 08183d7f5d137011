#include "base/utf8.h"

#include <cstdint>
#include <cstring>

namespace lectern {
namespace {

using Byte = unsigned char;

// The size of the sequence that starts at `at`, or 0 when it is malformed.
std::size_t sequence_size(const Byte* at, std::size_t left) {
  const Byte lead = at[0];
  const std::size_t size = lead < 0xc2   ? 0
                           : lead < 0xe0 ? 2
                           : lead < 0xf0 ? 3
                           : lead < 0xf5 ? 4
                                         : 0;
  if (size == 0 || size > left) return 0;
  // RFC 3629 section 4: the second byte carries what overlong forms, surrogates and values beyond
  // U+10FFFF would need.
  const Byte least = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
  const Byte most = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
  if (at[1] < least || at[1] > most) return 0;
  for (std::size_t i = 2; i < size; ++i)
    if ((at[i] & 0xc0) != 0x80) return 0;
  return size;
}

}  // namespace

bool is_valid_utf8(std::string_view bytes) {
  const auto* at = reinterpret_cast<const Byte*>(bytes.data());
  std::size_t left = bytes.size();
  while (left > 0) {
    std::uint64_t word;
    if (left >= sizeof word) {
      std::memcpy(&word, at, sizeof word);
      if ((word & 0x8080808080808080) == 0) {
        at += sizeof word;
        left -= sizeof word;
        continue;
      }
    }
    const std::size_t size = *at < 0x80 ? 1 : sequence_size(at, left);
    if (size == 0) return false;
    at += size;
    left -= size;
  }
  return true;
}

}  // namespace lectern
