#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "gate/clean_html.h"
#include "gate/sanitiser.h"

// Properties: whatever is typed, the output holds the six tags and escaped text alone, balanced;
// cleaning it again changes nothing; two outputs are clean when they are joined; the size is
// bounded by the input's. Names and plain texts are clean after one pass as well.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace lectern::gate;
  const std::string_view typed(reinterpret_cast<const char*>(bytes), size);
  const auto once = sanitise(typed);
  if (!is_clean_html(once.html)) std::abort();
  const auto twice = sanitise(once.html);
  if (twice.html != once.html || twice.blank != once.blank) std::abort();
  if (once.html.size() > 64 * size + 512) std::abort();

  const auto half = size / 2;
  const auto joined = sanitise(typed.substr(0, half)).html + sanitise(typed.substr(half)).html;
  if (!is_clean_html(joined)) std::abort();

  const auto name = clean_name(typed, 64);
  if (clean_name(name, 64) != name || count_code_points(name) > 64) std::abort();
  if (name.find_first_of("<>") != std::string::npos) std::abort();
  const auto text = clean_text(typed);
  if (clean_text(text) != text) std::abort();
  return 0;
}
