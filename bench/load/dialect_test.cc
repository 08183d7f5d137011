#include "bench/load/dialect.h"

#include <gtest/gtest.h>

namespace lectern::load {
namespace {

TEST(EntryScript, ConnectsWithATokenAndJoins) {
  const auto steps = entry_script(Dialect::socket_io, {"abc", true});
  ASSERT_EQ(steps.size(), 3U);
  EXPECT_EQ(steps[0].send, "");
  EXPECT_EQ(steps[1].send, R"(40{"token":"abc"})");
  EXPECT_EQ(steps[2].send, R"(420["join","hall"])");
  EXPECT_EQ(steps[2].expect, "430[");
}

TEST(EntryScript, HasNothingToSayToARawServerOutsideTheRoom) {
  EXPECT_TRUE(entry_script(Dialect::raw, {"abc", false}).empty());
  EXPECT_EQ(entry_script(Dialect::raw, {"", true}).front().send, "j");
}

TEST(Messages, MoveTheSameBytesInBothDialects) {
  EXPECT_EQ(publish_message(Dialect::socket_io, "text"), R"(42["publish","hall","text"])");
  EXPECT_EQ(publish_message(Dialect::raw, "text"), R"(p42["published","text"])");
  EXPECT_EQ(echo_message(Dialect::socket_io, 7, "text"), R"(427["echo","text"])");
  EXPECT_EQ(echo_message(Dialect::raw, 7, "text"), R"(e437["text"])");
}

TEST(Messages, AreKnownByWhatTheyCarry) {
  EXPECT_EQ(published_text(R"(42["published","text"])"), "text");
  EXPECT_FALSE(published_text(R"(42["other","text"])"));
  EXPECT_EQ(echoed_id(R"(4312["text"])"), 12U);
  EXPECT_FALSE(echoed_id("43"));
  EXPECT_FALSE(echoed_id(R"(43x["text"])"));
}

TEST(NumberedText, HasItsSizeAndItsNumber) {
  const auto text = numbered_text(0xBEEF12, 64);
  EXPECT_EQ(text.size(), 64U);
  EXPECT_EQ(number_of_text(text), 0xBEEF12U);
  EXPECT_FALSE(number_of_text("beef"));
  EXPECT_FALSE(number_of_text("not hexa"));
}

}  // namespace
}  // namespace lectern::load
