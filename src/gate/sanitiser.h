#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace lectern::gate {

// Elements open at once in sanitised output; deeper ones lose their tags and keep their text.
inline constexpr std::size_t kMaxNesting = 16;

// What sanitise() makes of a message.
struct Sanitised {
  std::string html;    // UTF-8
  bool blank = false;  // nothing in it can be seen: refuse it
};

// Cleans a chat message that somebody typed for everybody else's browser.
//
// The output holds the tags b, i, em, strong, code and pre without attributes, each closed in the
// order of opening; text in which every '<' and '>' is escaped; and complete character references
// (HTML Standard, "Named character references", and numeric ones), never another '&'. It may be
// joined with any other output. sanitise(output) changes nothing.
//
// Other tags vanish and their text stays, except that the content of elements which is no text
// (script, style, iframe, svg, title …) vanishes with them. Controls other than tab and newline,
// bidi overrides and isolates, numeric references to either and bytes that are not UTF-8 are
// removed. Outside pre and code: at most two blank lines in a row and 16 spaces or tabs; none at
// the ends. One pass, linear in the input's length; never cuts. (V8–V10, D7, D70–D77, D80)
[[nodiscard]] Sanitised sanitise(std::string_view typed);

// Display names, room names, titles: one line of plain text without '<', '>', controls, bidi and
// invisible characters; whitespace runs become one space, none at the ends; at most
// `max_code_points`. U+200C and U+200D stay between two characters that are not ASCII: emoji and
// several scripts need them. Idempotent. May come out empty.
[[nodiscard]] std::string clean_name(std::string_view typed, std::size_t max_code_points);

// Questions, options, answers: plain text that is shown as text, so '<' and '&' stay as typed.
// Controls other than tab and newline, bidi overrides and isolates and invalid UTF-8 are removed,
// CR LF becomes LF, whitespace at the ends goes. Idempotent. May come out empty.
[[nodiscard]] std::string clean_text(std::string_view typed);

// Whether nothing in plain text can be seen: spaces and invisible characters only.
[[nodiscard]] bool is_blank(std::string_view text);

}  // namespace lectern::gate
