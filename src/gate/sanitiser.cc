#include "gate/sanitiser.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "gate/code_points.h"
#include "gate/markup.h"

namespace lectern::gate {
namespace {

constexpr std::string_view kMostNewlines = "\n\n\n";
constexpr std::size_t kMaxBlanks = 16;  // spaces and tabs in a row

constexpr std::array<std::string_view, 6> kAllowed = {"b", "i", "em", "strong", "code", "pre"};
constexpr std::uint8_t kCode = 4;
constexpr std::uint8_t kNotAllowed = kAllowed.size();

// Elements whose content a browser does not parse, and does not show as text of the page.
constexpr std::string_view kRaw[] = {"script",  "style",    "xmp",      "iframe",
                                     "noembed", "noframes", "noscript", "title"};
// Elements whose content is markup, none of it text of the page.
constexpr std::string_view kHidden[] = {"svg",
                                        "math",
                                        "template",
                                        "audio",
                                        "video",
                                        "frameset",
                                        "foreignobject",
                                        "desc",
                                        "annotation-xml",
                                        "mtext",
                                        "mi",
                                        "mn",
                                        "mo",
                                        "ms",
                                        "selectedcontent"};

std::uint8_t allowed_index(std::string_view name) {
  if (name.size() > 6) return kNotAllowed;
  std::uint8_t index = 0;
  while (index < kAllowed.size() && !same_name(name, kAllowed[index])) ++index;
  return index;
}

template <std::size_t N>
std::string_view find_name(const std::string_view (&names)[N], std::string_view name) {
  for (const auto known : names) {
    if (same_name(name, known)) return known;
  }
  return {};
}

// Bytes that are copied as they are wherever they stand.
constexpr std::array<bool, 256> make_plain() {
  std::array<bool, 256> plain{};
  for (std::size_t c = 0x21; c < 0x7F; ++c) plain[c] = c != '<' && c != '>' && c != '&';
  return plain;
}
constexpr std::array<bool, 256> kPlain = make_plain();

// One pass over one message. What it writes is a sequence of whole tags, whole references and
// text without '<', '>' and '&', so that every prefix that ends between two of them is clean.
class Cleaner {
 public:
  explicit Cleaner(std::string_view typed) : typed_(typed) {
    out_.reserve(typed.size() + typed.size() / 4 + 16);
  }

  Sanitised run() {
    while (at_ < typed_.size()) {
      if (typed_[at_] == '<') {
        on_markup();
      } else {
        on_text(typed_.size());
      }
    }
    // Blanks at the end of an open element are inside it, and stay.
    if (depth_ == 0) {
      while (!out_.empty() && (is_blank_end() || out_.back() == '\n')) out_.pop_back();
    }
    close_down_to(0);
    return {std::move(out_), blank_};
  }

 private:
  bool is_blank_end() const { return out_.back() == ' ' || out_.back() == '\t'; }

  void put(std::string_view text) {
    out_ += text;
    blanks_ = 0;
  }

  // One character of text that may need care. `end` bounds what belongs to this text.
  void on_text(std::size_t end) {
    const auto start = at_;
    while (at_ < end && kPlain[static_cast<unsigned char>(typed_[at_])]) ++at_;
    if (at_ > start) {
      if (!hidden_.empty()) return;
      put(typed_.substr(start, at_ - start));
      blank_ = false;
      return;
    }
    const char c = typed_[at_];
    if (c == '&') return on_ampersand();
    const auto point = code_point_at(typed_, at_);
    const auto bytes = typed_.substr(at_, point.size);
    at_ += point.size;
    if (!hidden_.empty() || !point.valid) return;
    if (c == '\r' && (at_ == typed_.size() || typed_[at_] != '\n')) return on_newline();
    if (is_removed(point.value)) return;
    if (c == '\n') return on_newline();
    if (c == ' ' || c == '\t') return on_blank(c);
    blank_ = blank_ && (is_space(point.value) || is_invisible(point.value));
    put(c == '<' ? "&lt;" : c == '>' ? "&gt;" : bytes);
  }

  void on_ampersand() {
    const auto reference = read_reference(typed_, at_);
    const auto bytes = typed_.substr(at_, std::max<std::size_t>(reference.size, 1));
    at_ += bytes.size();
    if (!hidden_.empty() || reference.removed) return;
    blank_ = blank_ && reference.blank;
    put(reference.size > 0 ? bytes : "&amp;");
  }

  void on_newline() {
    if (verbatim_ == 0) {
      while (!out_.empty() && is_blank_end()) out_.pop_back();
      if (out_.empty()) return;
      if (out_.ends_with(kMostNewlines)) return;
    }
    put("\n");
  }

  void on_blank(char c) {
    if (verbatim_ == 0 && (out_.empty() || blanks_ == kMaxBlanks)) return;
    out_ += c;
    ++blanks_;
  }

  void on_markup() {
    const auto tag = read_tag(typed_, at_);
    if (tag.kind == Tag::Kind::text) {
      ++at_;
      if (!hidden_.empty()) return;
      put("&lt;");
      blank_ = false;
      return;
    }
    at_ += tag.size;
    if (tag.kind == Tag::Kind::start) on_start(tag);
    if (tag.kind == Tag::Kind::end) on_end(tag);
  }

  void on_start(const Tag& tag) {
    const auto index = allowed_index(tag.name);
    if (index != kNotAllowed) {
      // Our six end an svg or math element, as in a browser; inside the others they are hidden.
      if (hidden_ == "svg" || hidden_ == "math") hidden_ = {};
      if (hidden_.empty()) open(index);
      return;
    }
    if (const auto raw = find_name(kRaw, tag.name); !raw.empty()) {
      at_ = find_end_tag(typed_, at_, raw);
    } else if (same_name(tag.name, "plaintext")) {
      at_ = typed_.size();
    } else if (same_name(tag.name, "textarea")) {
      const auto end = find_end_tag(typed_, at_, "textarea");
      while (at_ < end) on_text(end);
    } else if (const auto hides = find_name(kHidden, tag.name); !hides.empty()) {
      const bool is_foreign = hides == "svg" || hides == "math";
      if (is_foreign && tag.self_closing) return;
      if (hidden_.empty()) hidden_ = hides;
      if (hidden_ == hides) ++hidden_depth_;
    }
  }

  void on_end(const Tag& tag) {
    if (!hidden_.empty()) {
      if (same_name(tag.name, hidden_) && --hidden_depth_ == 0) hidden_ = {};
      return;
    }
    const auto index = allowed_index(tag.name);
    if (index == kNotAllowed) return;
    if (too_deep_[index] > 0) {
      --too_deep_[index];
      return;
    }
    for (auto depth = depth_; depth > 0; --depth) {
      if (open_[depth - 1] == index) return close_one(depth - 1);
    }
  }

  // Closes the element at `depth`; those inside it go on behind it, as in a browser.
  void close_one(std::size_t depth) {
    const auto inside = open_;
    const auto count = depth_;
    close_down_to(depth);
    for (auto i = depth + 1; i < count; ++i) open(inside[i]);
  }

  void open(std::uint8_t index) {
    if (depth_ == kMaxNesting) {
      ++too_deep_[index];
      return;
    }
    out_ += '<';
    out_ += kAllowed[index];
    put(">");
    open_[depth_++] = index;
    verbatim_ += index >= kCode;
  }

  void close_down_to(std::size_t depth) {
    while (depth_ > depth) {
      const auto index = open_[--depth_];
      verbatim_ -= index >= kCode;
      out_ += "</";
      out_ += kAllowed[index];
      put(">");
    }
  }

  const std::string_view typed_;
  std::size_t at_ = 0;
  std::string out_;
  bool blank_ = true;
  std::size_t blanks_ = 0;  // spaces and tabs at the end of out_
  std::array<std::uint8_t, kMaxNesting> open_{};
  std::size_t depth_ = 0;
  std::size_t verbatim_ = 0;                             // open code and pre elements
  std::array<std::size_t, kAllowed.size()> too_deep_{};  // start tags dropped, by element
  std::string_view hidden_;                              // element whose content is being dropped
  std::size_t hidden_depth_ = 0;
};

}  // namespace

Sanitised sanitise(std::string_view typed) { return Cleaner(typed).run(); }

}  // namespace lectern::gate
