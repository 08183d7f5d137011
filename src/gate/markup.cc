#include "gate/markup.h"

#include <algorithm>

#include "gate/code_points.h"
#include "gate/entity_names.h"

namespace lectern::gate {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_blank_byte(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r'; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

// Moves behind an attribute's value; `at` is behind the '='. False: the text ends inside it.
bool skip_value(std::string_view text, std::size_t& at) {
  while (at < text.size() && is_blank_byte(text[at])) ++at;
  if (at == text.size()) return false;
  const char quote = text[at];
  if (quote == '"' || quote == '\'') {
    at = text.find(quote, at + 1);
    if (at == std::string_view::npos) return false;
    ++at;
    return true;
  }
  while (at < text.size() && text[at] != '>' && !is_blank_byte(text[at])) ++at;
  return at < text.size();
}

// Moves behind the '>' of a tag; `at` is behind its name. False: the text ends first.
bool skip_attributes(std::string_view text, std::size_t& at, bool& self_closing) {
  while (at < text.size()) {
    if (is_blank_byte(text[at])) {
      ++at;
    } else if (text[at] == '/') {
      ++at;
      self_closing = at < text.size() && text[at] == '>';
    } else if (text[at] == '>') {
      ++at;
      return true;
    } else {
      ++at;  // the first character of a name may be anything, also '='
      while (at < text.size() && !is_blank_byte(text[at]) && text[at] != '/' && text[at] != '>' &&
             text[at] != '=') {
        ++at;
      }
      while (at < text.size() && is_blank_byte(text[at])) ++at;
      if (at < text.size() && text[at] == '=' && !skip_value(text, ++at)) return false;
    }
  }
  return false;
}

Tag through(std::string_view text, std::size_t start, std::size_t found, std::size_t closer) {
  if (found == std::string_view::npos)
    return {Tag::Kind::unfinished, {}, false, text.size() - start};
  return {Tag::Kind::nothing, {}, false, found + closer - start};
}

Tag read_comment(std::string_view text, std::size_t at) {
  const auto body = at + 4;
  const auto rest = text.substr(body);
  if (rest.starts_with('>')) return through(text, at, body, 1);
  if (rest.starts_with("->")) return through(text, at, body, 2);
  const auto plain = text.find("-->", body);
  const auto odd = text.find("--!>", body);
  return plain <= odd ? through(text, at, plain, 3) : through(text, at, odd, 4);
}

}  // namespace

Tag read_tag(std::string_view text, std::size_t at) {
  const auto rest = text.substr(at);
  if (rest.starts_with("<!--")) return read_comment(text, at);
  if (rest.size() < 2) return {};
  const bool end = rest[1] == '/';
  if (end && rest.size() == 2) return {};
  if (rest[1] == '!' || rest[1] == '?' || (end && !is_letter(rest[2]))) {
    return through(text, at, text.find('>', at + 2), 1);
  }
  if (!end && !is_letter(rest[1])) return {};
  const auto name_at = at + (end ? 2 : 1);
  auto behind = name_at;
  while (behind < text.size() && !is_blank_byte(text[behind]) && text[behind] != '/' &&
         text[behind] != '>') {
    ++behind;
  }
  Tag tag;
  tag.name = text.substr(name_at, behind - name_at);
  const bool closed = skip_attributes(text, behind, tag.self_closing);
  tag.kind = !closed ? Tag::Kind::unfinished : end ? Tag::Kind::end : Tag::Kind::start;
  tag.size = closed ? behind - at : text.size() - at;
  return tag;
}

Reference read_reference(std::string_view text, std::size_t at) {
  auto end = at + 1;
  if (end < text.size() && text[end] == '#') {
    ++end;
    const bool hexadecimal = end < text.size() && lower(text[end]) == 'x';
    if (hexadecimal) ++end;
    const auto digits = end;
    char32_t value = 0;
    for (; end < text.size(); ++end) {
      const char c = lower(text[end]);
      const bool is_hex = hexadecimal && c >= 'a' && c <= 'f';
      if (!is_digit(c) && !is_hex) break;
      const auto digit = static_cast<char32_t>(is_hex ? c - 'a' + 10 : c - '0');
      value = std::min<char32_t>(value * (hexadecimal ? 16 : 10) + digit, 0x110000);
    }
    if (end == digits || end == text.size() || text[end] != ';') return {};
    const bool exists = value <= 0x10FFFF && (value < 0xD800 || value > 0xDFFF);
    if (!exists) return {};
    return {end + 1 - at, is_removed(value), is_space(value) || is_invisible(value)};
  }
  const auto limit = std::min(text.size(), end + kLongestEntityName + 1);
  while (end < limit && (is_letter(text[end]) || is_digit(text[end]))) ++end;
  if (end >= limit || text[end] != ';') return {};
  const auto name = text.substr(at + 1, end - at - 1);
  if (!is_entity_name(name)) return {};
  return {end + 1 - at, false, is_blank_entity(name)};
}

bool same_name(std::string_view name, std::string_view lower_name) {
  return name.size() == lower_name.size() &&
         std::equal(name.begin(), name.end(), lower_name.begin(),
                    [](char a, char b) { return lower(a) == b; });
}

std::size_t find_end_tag(std::string_view text, std::size_t from, std::string_view name) {
  for (auto at = text.find("</", from); at != std::string_view::npos;
       at = text.find("</", at + 2)) {
    const auto behind = at + 2 + name.size();
    if (behind < text.size() && same_name(text.substr(at + 2, name.size()), name) &&
        (is_blank_byte(text[behind]) || text[behind] == '/' || text[behind] == '>')) {
      return at;
    }
  }
  return text.size();
}

}  // namespace lectern::gate
