#include <string>

#include <gtest/gtest.h>

#include "gate/sanitiser.h"

namespace lectern::gate {
namespace {

// D76, D77
TEST(CleanName, HasNoAngleBracketsControlsOrInvisibleCharacters) {
  EXPECT_EQ(clean_name("<b>Ann</b>", 64), "bAnn/b");
  EXPECT_EQ(clean_name(std::string_view("A\0n\x7fn\xe2\x80\xae\xe2\x80\x8b\xef\xbb\xbf", 12), 64),
            "Ann");
  EXPECT_EQ(clean_name("\xe2\x80\x8f\xc2\xad\xe3\x85\xa4", 64), "");
}

TEST(CleanName, HasSingleSpacesBetweenWords) {
  EXPECT_EQ(clean_name(" \t Ann \n\xc2\xa0 Lee\xe3\x80\x80", 64), "Ann Lee");
}

TEST(CleanName, KeepsJoinersInsideEmojiAndScripts) {
  const std::string scientist = "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x94\xac";
  EXPECT_EQ(clean_name(scientist, 64), scientist);
  EXPECT_EQ(clean_name("a\xe2\x80\x8d"
                       "b",
                       64),
            "ab");
  EXPECT_EQ(clean_name("\xe2\x9d\xa4\xef\xb8\x8f", 64), "\xe2\x9d\xa4\xef\xb8\x8f");
}

TEST(CleanName, CountsCodePointsAndNeverCutsOne) {
  EXPECT_EQ(clean_name("\xc3\xa4\xc3\xb6\xc3\xbc", 2), "\xc3\xa4\xc3\xb6");
  EXPECT_EQ(clean_name("ab cd", 3), "ab");
}

TEST(CleanText, KeepsWhatWasTypedAsText) {
  EXPECT_EQ(clean_text(" a < b && <b>\r\n\tc\rd "), "a < b && <b>\n\tc\nd");
}

TEST(CleanText, RemovesControlsBidiOverridesAndBrokenBytes) {
  EXPECT_EQ(clean_text("a\x01\xe2\x80\xae"
                       "b\xe2\x81\xa9\xff"
                       "c"),
            "abc");
}

TEST(CleanText, CleaningAgainChangesNothing) {
  for (const std::string typed : {"\r\r\n", " \x01 x", "\xe2\xe2\x80\xae\x80\xaey", "x\r \n"}) {
    EXPECT_EQ(clean_text(clean_text(typed)), clean_text(typed));
    EXPECT_EQ(clean_name(clean_name(typed, 9), 9), clean_name(typed, 9));
  }
}

TEST(IsBlank, SeesOnlyInk) {
  EXPECT_TRUE(is_blank(" \n\xe2\x80\x8b\xe3\x80\x80\xef\xb8\x8f"));
  EXPECT_FALSE(is_blank(" ."));
}

}  // namespace
}  // namespace lectern::gate
