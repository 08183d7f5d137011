#include "load/frames.h"

#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

namespace lectern::load {
namespace {

TEST(TakeFrame, TakesOneFrameAfterTheOther) {
  std::string_view bytes("\x81\x02hi\x89\x00\x81\x03you", 11);
  const auto first = take_frame(bytes), second = take_frame(bytes), third = take_frame(bytes);
  ASSERT_TRUE(first && second && third);
  EXPECT_EQ(first->payload, "hi");
  EXPECT_EQ(second->opcode, 9);
  EXPECT_EQ(third->payload, "you");
  EXPECT_TRUE(bytes.empty());
}

TEST(TakeFrame, LeavesAFrameThatHasNotComeWhole) {
  const std::string whole = std::string("\x81\x7e\x01\x2c", 4) + std::string(300, 'a');
  for (std::size_t size = 0; size < whole.size(); ++size) {
    auto bytes = std::string_view(whole).substr(0, size);
    EXPECT_FALSE(take_frame(bytes));
    EXPECT_EQ(bytes.size(), size);
  }
  std::string_view bytes = whole;
  EXPECT_EQ(take_frame(bytes)->payload, std::string(300, 'a'));
}

TEST(TakeFrame, ReadsALengthOfEightBytes) {
  const std::string whole =
      std::string("\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00", 10) + std::string(65536, 'b');
  std::string_view bytes = whole;
  EXPECT_EQ(take_frame(bytes)->payload.size(), 65536U);
}

TEST(TakeFrame, RefusesWhatNoMeasuredServerSends) {
  for (const char* start : {"\x81\x81", "\xC1\x01", "\x01\x01"}) {
    std::string_view bytes(start, 2);
    EXPECT_THROW(take_frame(bytes), std::runtime_error);
  }
}

}  // namespace
}  // namespace lectern::load
