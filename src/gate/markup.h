#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace lectern::gate {

// What stands at a '<'.
struct Tag {
  enum class Kind : std::uint8_t {
    text,  // the '<' is a character of the text
    start,
    end,         // a tag named `name`
    nothing,     // a comment, a declaration: shows nothing
    unfinished,  // runs to the end of the text without being closed
  };
  Kind kind = Kind::text;
  std::string_view name;  // as typed
  bool self_closing = false;
  std::size_t size = 1;  // bytes from the '<' to behind the '>'
};

// Reads what starts at `text[at]`, which is a '<', as browsers do.
// Source: HTML Standard, "Tokenization", tag open state and what follows it. Linear.
Tag read_tag(std::string_view text, std::size_t at);

// Length of the complete character reference at `text[at]`, which is a '&', through its ';'.
struct Reference {
  std::size_t size = 0;  // 0: no reference
  bool removed = false;  // stands for a character that must not be shown
  bool blank = false;    // stands for one that cannot be seen
};
Reference read_reference(std::string_view text, std::size_t at);

// Whether `name`, in any case, is `lower`.
bool same_name(std::string_view name, std::string_view lower);

// Where `</name` that ends a raw text element starts, at or behind `from`; text.size(): nowhere.
std::size_t find_end_tag(std::string_view text, std::size_t from, std::string_view name);

}  // namespace lectern::gate
