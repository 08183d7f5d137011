#pragma once

#include <string_view>

namespace lectern {

// Whether the bytes are UTF-8 (RFC 3629): no overlong forms, no surrogates, at most U+10FFFF.
// Linear; ASCII goes eight bytes at a time.
bool is_valid_utf8(std::string_view bytes);

}  // namespace lectern
