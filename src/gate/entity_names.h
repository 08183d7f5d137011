#pragma once

#include <cstddef>
#include <string_view>

namespace lectern::gate {

inline constexpr std::size_t kLongestEntityName = 31;

// Whether `&name;` is a named character reference of HTML ("lt", "NotEqualTilde"). Case counts.
// None of them stands for a character that the sanitiser removes.
bool is_entity_name(std::string_view name);

// Whether the characters that `&name;` stands for cannot be seen ("nbsp", "zwj").
bool is_blank_entity(std::string_view name);

}  // namespace lectern::gate
