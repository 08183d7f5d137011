#include "base/frame.h"

#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace lectern {
namespace {

using namespace std::string_literals;

TEST(Frame, CarriesTheWebSocketHeaderBeforeThePacket) {
  const Frame frame = Frame::of_packet("42[\"hi\"]");
  EXPECT_EQ(frame.wire(), "\x81\x08"s + "42[\"hi\"]");
  EXPECT_EQ(frame.payload(), "42[\"hi\"]");
}

TEST(Frame, WritesTheLengthInTheShortestForm) {
  EXPECT_EQ(Frame::of_packet(std::string(125, 'x')).wire().substr(0, 2), "\x81\x7d");
  EXPECT_EQ(Frame::of_packet(std::string(126, 'x')).wire().substr(0, 4), "\x81\x7e\x00\x7e"s);
  EXPECT_EQ(Frame::of_packet(std::string(65535, 'x')).wire().substr(0, 4), "\x81\x7e\xff\xff"s);
  EXPECT_EQ(Frame::of_packet(std::string(65536, 'x')).wire().substr(0, 10),
            "\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00"s);
}

TEST(Frame, OfBinaryHasTheOpcodeOfBinaryMessages) {
  const Frame frame = Frame::of_binary("\x01\x02\x00"s);
  EXPECT_EQ(frame.wire(), "\x82\x03\x01\x02\x00"s);
  EXPECT_TRUE(frame.is_binary());
  EXPECT_FALSE(Frame::of_packet("2").is_binary());
}

TEST(Frame, MakesItsOtherFormOnce) {
  int made = 0;
  const auto make = [&](std::string_view payload, bool is_binary) {
    ++made;
    EXPECT_EQ(payload, "4hello");
    EXPECT_FALSE(is_binary);
    return "\xc1\x02hi"s;
  };
  Frame other;
  {
    const Frame frame = Frame::of_packet("4hello");
    other = frame.other_form(make);
    EXPECT_EQ(frame.other_form(make), other);
  }
  EXPECT_EQ(made, 1);
  EXPECT_EQ(other.wire(), "\xc1\x02hi") << "it outlives the frame that it was made of";
}

TEST(Frame, OutlivesTheThreadThatMadeIt) {
  std::vector<std::thread> readers;
  {
    const Frame frame = Frame::of_packet("4shared");
    for (int i = 0; i < 4; ++i)
      readers.emplace_back([frame] {
        for (int n = 0; n < 1000; ++n) {
          const Frame copy = frame;
          ASSERT_EQ(copy.payload(), "4shared");
        }
      });
  }
  for (auto& reader : readers) reader.join();
}

}  // namespace
}  // namespace lectern
