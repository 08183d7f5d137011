#pragma once

#include <string_view>
#include <vector>

#include "gate/code_points.h"
#include "gate/markup.h"

// The properties of sanitised output, checked independently of how it was made. For tests and
// fuzzing.
namespace lectern::gate {

// Whether `html` holds nothing but the six tags, without attributes and balanced, complete
// references to characters that may stand, and text without '<', '>', '&' and removed characters.
inline bool is_clean_html(std::string_view html) {
  constexpr std::string_view kTags[] = {"b", "i", "em", "strong", "code", "pre"};
  std::vector<std::string_view> open;
  for (std::size_t at = 0; at < html.size();) {
    const auto rest = html.substr(at);
    if (rest[0] == '<') {
      const bool end = rest.starts_with("</");
      const auto size = rest.find('>');
      if (size == std::string_view::npos) return false;
      const auto name = rest.substr(end ? 2 : 1, size - (end ? 2 : 1));
      bool known = false;
      for (const auto tag : kTags) known = known || tag == name;
      if (!known || (end && (open.empty() || open.back() != name))) return false;
      if (end) {
        open.pop_back();
      } else {
        open.push_back(name);
      }
      at += size + 1;
    } else if (rest[0] == '&') {
      const auto reference = read_reference(html, at);
      if (reference.size == 0 || reference.removed) return false;
      at += reference.size;
    } else {
      const auto point = code_point_at(html, at);
      if (!point.valid || rest[0] == '>' || is_removed(point.value)) return false;
      at += point.size;
    }
  }
  return open.empty();
}

}  // namespace lectern::gate
