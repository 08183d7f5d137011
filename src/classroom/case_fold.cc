#include "classroom/case_fold.h"

#include <cstddef>

#include "gate/code_points.h"

namespace lectern::classroom {
namespace {

// Ranges in which capital and small letter alternate, the capital on even or on odd numbers.
bool is_capital_of_pair(char32_t c) {
  const bool even = c % 2 == 0;
  if ((c >= 0x100 && c <= 0x137) || (c >= 0x14A && c <= 0x177)) return even && c != 0x130;
  if ((c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17E)) return !even;
  if ((c >= 0x1CD && c <= 0x1DC)) return !even;
  if ((c >= 0x1DE && c <= 0x1EF) || (c >= 0x1F8 && c <= 0x21F) || (c >= 0x222 && c <= 0x233)) {
    return even;
  }
  if ((c >= 0x3D8 && c <= 0x3EF) || (c >= 0x460 && c <= 0x481) || (c >= 0x48A && c <= 0x4BF)) {
    return even;
  }
  if (c >= 0x4C1 && c <= 0x4CE) return !even;
  if (c >= 0x4D0 && c <= 0x52F) return even;
  return ((c >= 0x1E00 && c <= 0x1E95) || (c >= 0x1EA0 && c <= 0x1EFF)) && even;
}

char32_t fold(char32_t c) {
  if (c < 0x80) return c >= 'A' && c <= 'Z' ? c + 32 : c;
  if (c >= 0xC0 && c <= 0xDE && c != 0xD7) return c + 32;
  if (c >= 0x391 && c <= 0x3AB && c != 0x3A2) return c + 32;
  if (c >= 0x410 && c <= 0x42F) return c + 32;
  if (c >= 0x400 && c <= 0x40F) return c + 80;
  if (c >= 0x531 && c <= 0x556) return c + 48;
  switch (c) {
    case 0xB5: return 0x3BC;  // micro sign
    case 0x178: return 0xFF;
    case 0x17F: return 's';  // long s
    case 0x386: return 0x3AC;
    case 0x388:
    case 0x389:
    case 0x38A: return c + 37;
    case 0x38C: return 0x3CC;
    case 0x38E:
    case 0x38F: return c + 63;
    case 0x3C2: return 0x3C3;  // final sigma
    case 0x4C0: return 0x4CF;
    default: return is_capital_of_pair(c) ? c + 1 : c;
  }
}

void append_utf8(std::string& text, char32_t c) {
  const auto tail = [](char32_t bits) { return static_cast<char>(0x80U | (bits & 0x3FU)); };
  if (c < 0x80) {
    text += static_cast<char>(c);
  } else if (c < 0x800) {
    text += static_cast<char>(0xC0U | c >> 6);
    text += tail(c);
  } else {  // folding changes nothing beyond the basic plane
    text += static_cast<char>(0xE0U | c >> 12);
    text += tail(c >> 6);
    text += tail(c);
  }
}

std::string_view trimmed(std::string_view text) {
  std::size_t begin = 0;
  std::size_t end = 0;  // behind the last code point that is no space
  for (std::size_t at = 0; at < text.size();) {
    const auto point = gate::code_point_at(text, at);
    const bool space = point.valid && gate::is_space(point.value);
    at += point.size;
    if (!space) end = at;
    if (space && end == 0) begin = at;
  }
  return end == 0 ? std::string_view{} : text.substr(begin, end - begin);
}

}  // namespace

std::string fold_case(std::string_view text) {
  text = trimmed(text);
  std::string folded;
  folded.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const auto point = gate::code_point_at(text, at);
    const auto target = point.valid ? fold(point.value) : U'\0';
    if (point.valid && (point.value == 0xDF || point.value == 0x1E9E)) {
      folded += "ss";
    } else if (point.valid && target != point.value) {
      append_utf8(folded, target);
    } else {
      folded.append(text.substr(at, point.size));
    }
    at += point.size;
  }
  return folded;
}

}  // namespace lectern::classroom
