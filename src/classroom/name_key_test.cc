#include "classroom/name_key.h"

#include <gtest/gtest.h>

namespace lectern::classroom {
namespace {

TEST(NameKey, IsTheSameForNamesThatPassForOneAnother) {
  for (const auto& [name, other] : {
           std::pair("Ann", "ann"),
           std::pair("Ann Lee", "Ann-Lee"),
           std::pair("Ann", "A.n.n"),
           std::pair("Ann", "\xD0\x90nn"),                            // Cyrillic A
           std::pair("Ann", "\xCE\x91nn"),                            // Greek Alpha
           std::pair("Ann", "\xEF\xBC\xA1\xEF\xBD\x8E\xEF\xBD\x8E"),  // fullwidth
           std::pair("Ann", "\xF0\x9D\x90\x80nn"),                    // mathematical bold A
           std::pair("Jos\xC3\xA9", "Jose\xCC\x81"),                  // composed or not
           std::pair("Z\xC5\xBE", "ZZ"),
           std::pair("Ian", "lan"),
           std::pair("Tom 1", "Tom l"),
           std::pair("B0b", "Bob"),
           std::pair("Tom", "Torn"),
       }) {
    EXPECT_EQ(name_key(name), name_key(other)) << name << " / " << other;
  }
}

TEST(NameKey, TellsOtherNamesApart) {
  for (const auto& [name, other] : {
           std::pair("Ann", "Anna"), std::pair("Ann", "Ann 2"),
           std::pair("\xE7\x8E\x8B", "\xE6\x9D\x8E"),  // two Chinese names
           std::pair("...", "!!!"), std::pair("\xF0\x9F\x98\x80", "\xF0\x9F\x98\x81"),  // two faces
       }) {
    EXPECT_NE(name_key(name), name_key(other)) << name << " / " << other;
  }
}

TEST(NameKey, IsNeverEmptyForAName) {
  EXPECT_EQ(name_key("..."), "...");
  EXPECT_EQ(name_key(""), "");
}

}  // namespace
}  // namespace lectern::classroom
