#pragma once

#include <string_view>

namespace lectern::gate {

// Whether `url` is one absolute http or https URL that may be shown and opened by others: scheme,
// "//", a host name or a bracketed IPv6 address, perhaps a port and the rest. Refused: user
// information (it makes another host look like this one), spaces, controls, bidi and invisible
// characters, and what RFC 3986 allows nowhere: < > " ` { } | \ ^. (D81)
bool is_web_url(std::string_view url);

}  // namespace lectern::gate
