#pragma once

#include <cstdint>
#include <string_view>

namespace lectern::store {

// CRC-32C (Castagnoli, RFC 3720 appendix B.4) of `bytes`, continued from `previous`, the CRC of
// what stands before them.
std::uint32_t crc32c(std::string_view bytes, std::uint32_t previous = 0);

}  // namespace lectern::store
