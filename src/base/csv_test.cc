#include "base/csv.h"

#include <gtest/gtest.h>

namespace lectern {
namespace {

std::string cell(std::string_view text) {
  std::string csv;
  append_csv_cell(csv, text);
  return csv;
}

TEST(Csv, QuotesWhatWouldEndTheCell) {
  EXPECT_EQ(cell("plain text"), "plain text");
  EXPECT_EQ(cell("a,b"), "\"a,b\"");
  EXPECT_EQ(cell("say \"x\""), "\"say \"\"x\"\"\"");
  EXPECT_EQ(cell("two\r\nlines"), "\"two\r\nlines\"");
}

TEST(Csv, TakesTheTeethOfFormulas) {
  EXPECT_EQ(cell("=1+1"), "'=1+1");
  EXPECT_EQ(cell("@x,y"), "\"'@x,y\"");
}

}  // namespace
}  // namespace lectern
