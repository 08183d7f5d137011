#pragma once

#include <string>
#include <string_view>

namespace lectern::classroom {

// What two names that people take for one another have in common: without regard to case, accents,
// spaces and punctuation, with fullwidth and mathematical letters as plain ones, the letters of
// Cyrillic and Greek that look like Latin ones as those, and what looks like l or o as that. A rule
// of thumb: names of other scripts are told apart code point by code point. Never empty for a name
// that is not.
std::string name_key(std::string_view name);

}  // namespace lectern::classroom
