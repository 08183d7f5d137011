#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace lectern {

// RFC 4648 section 5: the URL-safe alphabet without padding, as JWS has it (RFC 7515).
std::string base64url_encode(std::string_view bytes);

// RFC 4648 section 4: the standard alphabet with padding.
std::string base64_encode(std::string_view bytes);

// Strict, so that no two texts give the same bytes: another character, wrong padding, a length that
// no encoder produces or bits that are left over and not zero give nullopt.
std::optional<std::string> base64url_decode(std::string_view text);
std::optional<std::string> base64_decode(std::string_view text);

}  // namespace lectern
