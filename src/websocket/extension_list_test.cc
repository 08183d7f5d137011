#include "websocket/extension_list.h"

#include <string>

#include <gtest/gtest.h>

namespace lectern::websocket {
namespace {

using namespace std::string_literals;

// What was read, in one spelling; "malformed" when nothing was.
std::string spelled(std::string_view header) {
  const auto extensions = parse_extension_list(header);
  if (!extensions) {
    EXPECT_EQ(extensions.error(), Errc::malformed_frame);
    return "malformed";
  }
  std::string out;
  for (const auto& extension : *extensions) {
    out += '[' + std::string(extension.name);
    for (const auto& [name, value] : extension.parameters) {
      out += ';' + std::string(name);
      if (value) out += '=' + *value;
    }
    out += ']';
  }
  return out;
}

TEST(ExtensionList, ReadsNamesAndParameters) {
  EXPECT_EQ(spelled(""), "");
  EXPECT_EQ(spelled("  \t"), "");
  EXPECT_EQ(spelled("foo"), "[foo]");
  EXPECT_EQ(spelled("foo, bar; baz=2"), "[foo][bar;baz=2]");
  EXPECT_EQ(spelled("foo;a;b=1;a=\"x\",bar"), "[foo;a;b=1;a=x][bar]");
  EXPECT_EQ(spelled(" foo \t; a ; b=1 , bar "), "[foo;a;b=1][bar]");
  EXPECT_EQ(spelled("foo; a=\"b\\c\""), "[foo;a=bc]");
  EXPECT_EQ(spelled("x-webkit-deflate-frame, !#$%&'*+-.^_`|~9"),
            "[x-webkit-deflate-frame][!#$%&'*+-.^_`|~9]");
}

TEST(ExtensionList, RefusesOtherGrammars) {
  for (const std::string& header :
       {","s,          "foo,"s,         ",foo"s,           "foo,,bar"s,      ";"s,
        "foo;"s,       "foo;;a"s,       "foo; a="s,        "foo; =1"s,       "foo bar"s,
        "foo; a b"s,   "foo; a =1"s,    "foo; a= 1"s,      "foo; a=1=2"s,    "foo; a=\"\""s,
        "foo; a=\"b"s, "foo; a=\"b\\"s, "foo; a=\"b c\""s, "foo; a=\"b\"c"s, "foo; a=\"\xc3\xa9\""s,
        "foo=1"s,      "f\x00o"s,       "foo\x7f"s,        "foo\r\nbar"s,    "\"foo\""s,
        "f\xc3\xb6o"s, "foo@"s,         "foo; a=\"\x00\""s})
    EXPECT_EQ(spelled(header), "malformed") << testing::PrintToString(header);
}

// CVE-2021-32640 and GHSA-5v72-xg48-5rpm.
TEST(ExtensionList, IsLinearAndKnowsNoNames) {
  EXPECT_EQ(spelled("b" + std::string(1'000'000, ' ') + "x"), "malformed");
  EXPECT_EQ(spelled("b;" + std::string(1'000'000, ' ') + "x"), "[b;x]");
  EXPECT_EQ(spelled("constructor; __proto__=toString"), "[constructor;__proto__=toString]");
}

}  // namespace
}  // namespace lectern::websocket
