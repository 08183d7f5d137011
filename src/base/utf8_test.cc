#include "base/utf8.h"

#include <string>

#include <gtest/gtest.h>

namespace lectern {
namespace {

TEST(Utf8, AcceptsEveryLengthAtEveryOffset) {
  for (const std::string sample : {"a", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf",
                                   "\xee\x80\x80", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"}) {
    for (std::size_t before = 0; before < 17; ++before) {
      const std::string text = std::string(before, 'x') + sample;
      EXPECT_TRUE(is_valid_utf8(text));
      EXPECT_TRUE(is_valid_utf8(text + "tail of ascii"));
      if (sample.size() > 1) {
        EXPECT_FALSE(is_valid_utf8(text.substr(0, text.size() - 1))) << "cut short";
      }
    }
  }
}

TEST(Utf8, RefusesWhatRfc3629Forbids) {
  for (const char* bytes : {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xe0\x9f\xbf",
                            "\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x80\x80\x80", "\xf0\x8f\xbf\xbf",
                            "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xc2x", "\xe1\x80x"}) {
    EXPECT_FALSE(is_valid_utf8(bytes));
    EXPECT_FALSE(is_valid_utf8(std::string("eight or more bytes ") + bytes));
  }
}

}  // namespace
}  // namespace lectern
