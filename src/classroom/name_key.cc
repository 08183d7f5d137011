#include "classroom/name_key.h"

#include <cstddef>

#include "classroom/case_fold.h"
#include "gate/code_points.h"

namespace lectern::classroom {
namespace {

// What small letters look like, by code point; a space stands for themselves.
constexpr std::string_view kLatin1 = "aaaaaa ceeeeiiii nooooo ouuuuy y";  // U+00E0 …
constexpr std::string_view kExtendedA =                                   // U+0100 …
    "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiii  jjkkk"
    "llllllllllnnnnnnnnnoooooo  rrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";

struct Pair {
  char32_t looks;
  char like;
};
constexpr Pair kLookalikes[] = {
    {0x3B1, 'a'}, {0x3B9, 'i'}, {0x3BA, 'k'}, {0x3BD, 'v'}, {0x3BF, 'o'}, {0x3C1, 'p'},
    {0x3C4, 't'}, {0x3C5, 'u'}, {0x3C7, 'x'}, {0x3B5, 'e'}, {0x3B7, 'n'}, {0x3B2, 'b'},
    {0x3BC, 'u'}, {0x3B6, 'z'}, {0x430, 'a'}, {0x432, 'b'}, {0x435, 'e'}, {0x451, 'e'},
    {0x43A, 'k'}, {0x43C, 'm'}, {0x43D, 'h'}, {0x43E, 'o'}, {0x440, 'p'}, {0x441, 'c'},
    {0x442, 't'}, {0x443, 'y'}, {0x445, 'x'}, {0x455, 's'}, {0x456, 'i'}, {0x457, 'i'},
    {0x458, 'j'}, {0x501, 'd'}, {0x51B, 'q'}, {0x51D, 'w'}, {0x131, 'i'}, {0x251, 'a'},
    {0x261, 'g'}, {0x269, 'i'}, {0x4CF, 'i'}, {0x578, 'n'}, {0x585, 'o'}, {0x57D, 'u'}};

// Letters of the mathematical alphabets, digits included, and of the fullwidth forms.
char32_t plain(char32_t c) {
  if (c >= 0xFF01 && c <= 0xFF5E) return c - 0xFF01 + '!';
  if (c >= 0x1D400 && c < 0x1D6A4) {
    const auto letter = (c - 0x1D400) % 52;
    return letter < 26 ? 'a' + letter : 'a' + letter - 26;
  }
  if (c >= 0x1D7CE && c <= 0x1D7FF) return '0' + (c - 0x1D7CE) % 10;
  return c;
}

char32_t latin(char32_t c) {
  char like = ' ';
  if (c >= 0xE0 && c <= 0xFF) like = kLatin1[c - 0xE0];
  if (c >= 0x100 && c < 0x100 + kExtendedA.size()) like = kExtendedA[c - 0x100];
  for (const auto& pair : kLookalikes) {
    if (pair.looks == c) like = pair.like;
  }
  if (like != ' ') c = static_cast<unsigned char>(like);
  if (c == '0') return 'o';
  return c == '1' || c == '|' || c == 'i' ? 'l' : c;
}

bool counts(char32_t c) {
  if (c >= 0x300 && c <= 0x36F) return false;  // combining accents
  if (c == 0x200C || c == 0x200D || (c >= 0xFE00 && c <= 0xFE0F)) return false;
  if (c >= 0x80) return !gate::is_space(c) && !(c >= 0x2010 && c <= 0x2027);
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '|';
}

// The small form of capitals that plain() has made.
char32_t small(char32_t c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; }

}  // namespace

std::string name_key(std::string_view name) {
  const auto folded = fold_case(name);
  std::string key;
  for (std::size_t at = 0; at < folded.size();) {
    const auto point = gate::code_point_at(folded, at);
    const auto bytes = std::string_view(folded).substr(at, point.size);
    at += point.size;
    const auto c = small(plain(point.value));
    if (point.valid && !counts(c)) continue;
    const auto looks = point.valid ? latin(c) : c;
    if (point.valid && looks < 0x80) {
      key += static_cast<char>(looks);
    } else {
      key += bytes;
    }
  }
  // "rn" passes for "m".
  for (auto at = key.find("rn"); at != key.npos; at = key.find("rn", at)) key.replace(at, 2, "m");
  return key.empty() ? folded : key;
}

}  // namespace lectern::classroom
