#pragma once

#include <string>
#include <string_view>

namespace lectern::classroom {

// `text` without spaces at the ends, folded so that texts which differ in case alone are equal:
// simple case folding (Unicode, CaseFolding.txt, status C and S) of the Latin, Greek, Cyrillic and
// Armenian letters below U+0590 and of Latin Extended Additional, and U+00DF as "ss". Other
// scripts have no case, with exceptions nobody answers a quiz in. Not UTF-8: byte by byte.
std::string fold_case(std::string_view text);

}  // namespace lectern::classroom
