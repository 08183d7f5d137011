#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/utf8.h"

namespace {

// The definition, one character after the other: read the bits that the lead promises, then refuse
// what another length would have held and what is no character.
bool is_valid_by_definition(std::string_view bytes) {
  while (!bytes.empty()) {
    const unsigned lead = static_cast<unsigned char>(bytes.front());
    const std::size_t size = lead < 0x80             ? 1
                             : (lead & 0xe0) == 0xc0 ? 2
                             : (lead & 0xf0) == 0xe0 ? 3
                             : (lead & 0xf8) == 0xf0 ? 4
                                                     : 0;
    if (size == 0 || size > bytes.size()) return false;
    std::uint32_t value = size == 1 ? lead : lead & (0x7fU >> size);
    for (std::size_t i = 1; i < size; ++i) {
      const unsigned next = static_cast<unsigned char>(bytes[i]);
      if ((next & 0xc0) != 0x80) return false;
      value = value << 6 | (next & 0x3f);
    }
    const std::size_t shortest = value < 0x80 ? 1 : value < 0x800 ? 2 : value < 0x10000 ? 3 : 4;
    if (size != shortest || value > 0x10ffff || (value >= 0xd800 && value < 0xe000)) return false;
    bytes.remove_prefix(size);
  }
  return true;
}

}  // namespace

// Property: the fast check agrees with the definition, wherever the text starts.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  for (std::size_t start = 0; start < 9 && start <= size; ++start) {
    const auto tail = text.substr(start);
    if (lectern::is_valid_utf8(tail) != is_valid_by_definition(tail)) std::abort();
  }
  return 0;
}
