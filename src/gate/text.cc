#include "gate/code_points.h"
#include "gate/sanitiser.h"

namespace lectern::gate {
namespace {

constexpr char32_t kNonJoiner = 0x200C;
constexpr char32_t kJoiner = 0x200D;
constexpr char32_t kTextSelector = 0xFE0E;
constexpr char32_t kEmojiSelector = 0xFE0F;

bool keeps_joiner(char32_t c) { return c >= 0x80; }

}  // namespace

std::string clean_name(std::string_view typed, std::size_t max_code_points) {
  std::string out;
  out.reserve(typed.size());
  std::size_t count = 0;
  char32_t last = 0;         // the character that `out` ends with
  std::string_view between;  // a space or a joiner that waits for what follows
  char32_t waiting = 0;
  for (std::size_t at = 0; at < typed.size();) {
    const auto point = code_point_at(typed, at);
    const auto bytes = typed.substr(at, point.size);
    at += point.size;
    const auto c = point.value;
    if (!point.valid) continue;
    if (is_space(c)) {
      between = " ";
      waiting = ' ';
      continue;
    }
    if (c == kNonJoiner || c == kJoiner) {
      if (waiting != ' ' && keeps_joiner(last)) {
        between = bytes;
        waiting = c;
      }
      continue;
    }
    const bool selects = (c == kTextSelector || c == kEmojiSelector) && waiting == 0 &&
                         keeps_joiner(last) && last != kTextSelector && last != kEmojiSelector;
    if (!selects && (c == '<' || c == '>' || is_removed(c) || is_invisible(c))) continue;
    if (waiting != 0 && count > 0 && (waiting == ' ' || keeps_joiner(c))) {
      if (count + 2 > max_code_points) return out;
      out += between;
      ++count;
    }
    if (count + 1 > max_code_points) return out;
    out += bytes;
    ++count;
    last = c;
    waiting = 0;
  }
  return out;
}

std::string clean_text(std::string_view typed) {
  std::string out;
  out.reserve(typed.size());
  for (std::size_t at = 0; at < typed.size();) {
    const auto point = code_point_at(typed, at);
    const bool carriage_return = point.value == '\r';
    if (carriage_return && (at + 1 == typed.size() || typed[at + 1] != '\n')) out += '\n';
    if (point.valid && !is_removed(point.value)) out += typed.substr(at, point.size);
    at += point.size;
  }
  const auto is_edge = [](char c) { return c == ' ' || c == '\t' || c == '\n'; };
  while (!out.empty() && is_edge(out.back())) out.pop_back();
  std::size_t start = 0;
  while (start < out.size() && is_edge(out[start])) ++start;
  out.erase(0, start);
  return out;
}

bool is_blank(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto point = code_point_at(text, at);
    at += point.size;
    if (point.valid && !is_space(point.value) && !is_invisible(point.value) &&
        !is_removed(point.value)) {
      return false;
    }
  }
  return true;
}

}  // namespace lectern::gate
