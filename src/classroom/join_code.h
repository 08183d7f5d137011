#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace lectern::classroom {

// Join codes are 6 to 8 of these 32 characters: no I, O, 0 and 1, which people mix up.
inline constexpr std::string_view kJoinCodeAlphabet = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
inline constexpr std::size_t kJoinCodeLength = 6;

// One character for every byte of `random` (from the CSPRNG, 6 to 8 bytes), without bias.
std::string join_code(std::span<const std::byte> random);

// What somebody typed in the spelling of join_code(): upper case, without spaces and dashes.
// None: it cannot be a join code.
std::optional<std::string> read_join_code(std::string_view typed);

}  // namespace lectern::classroom
