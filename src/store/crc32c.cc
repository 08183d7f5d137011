#include "store/crc32c.h"

#include <array>
#include <cstring>

namespace lectern::store {
namespace {

constexpr std::uint32_t kPolynomial = 0x82f63b78;  // reflected

// kTables[n][b]: the CRC of byte b followed by n zero bytes. Eight tables take eight bytes a step.
constexpr auto kTables = [] {
  std::array<std::array<std::uint32_t, 256>, 8> tables{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ (crc & 1 ? kPolynomial : 0);
    tables[0][byte] = crc;
  }
  for (std::size_t n = 1; n < 8; ++n) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const std::uint32_t crc = tables[n - 1][byte];
      tables[n][byte] = (crc >> 8) ^ tables[0][crc & 0xff];
    }
  }
  return tables;
}();

}  // namespace

std::uint32_t crc32c(std::string_view bytes, std::uint32_t previous) {
  std::uint32_t crc = ~previous;
  const char* data = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 8; left -= 8, data += 8) {
    std::array<std::uint8_t, 8> in;
    std::memcpy(in.data(), data, 8);
    crc = kTables[7][in[0] ^ (crc & 0xff)] ^ kTables[6][in[1] ^ ((crc >> 8) & 0xff)] ^
          kTables[5][in[2] ^ ((crc >> 16) & 0xff)] ^ kTables[4][in[3] ^ (crc >> 24)] ^
          kTables[3][in[4]] ^ kTables[2][in[5]] ^ kTables[1][in[6]] ^ kTables[0][in[7]];
  }
  for (; left > 0; --left, ++data) {
    crc = (crc >> 8) ^ kTables[0][(crc ^ static_cast<std::uint8_t>(*data)) & 0xff];
  }
  return ~crc;
}

}  // namespace lectern::store
