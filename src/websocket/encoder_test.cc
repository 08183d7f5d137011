#include "websocket/encoder.h"

#include <gtest/gtest.h>

namespace lectern::websocket {
namespace {

using namespace std::string_literals;

TEST(AcceptKey, GivesTheExampleOfTheSpecification) {
  EXPECT_EQ(accept_key("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

TEST(IsValidKey, WantsSixteenBytesInBase64) {
  EXPECT_TRUE(is_valid_key("dGhlIHNhbXBsZSBub25jZQ=="));
  EXPECT_FALSE(is_valid_key("dGhlIHNhbXBsZSBub25jZQ"));
  EXPECT_FALSE(is_valid_key("c2hvcnQ="));
  EXPECT_FALSE(is_valid_key(""));
}

TEST(AppendFrame, WritesTheShortestLength) {
  std::string out;
  append_frame(out, Opcode::pong, "hi");
  EXPECT_EQ(out, "\x8a\x02hi");
  out.clear();
  append_frame(out, Opcode::binary, std::string(126, 'x'));
  EXPECT_EQ(out.substr(0, 4), "\x82\x7e\x00\x7e"s);
  out.clear();
  append_frame(out, Opcode::binary, std::string(65536, 'x'));
  EXPECT_EQ(out.substr(0, 10), "\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00"s);
}

TEST(AppendFrame, MarksACompressedMessage) {
  std::string out;
  append_frame(out, Opcode::text, "hi", /*compressed=*/true);
  EXPECT_EQ(out, "\xc1\x02hi");
  out.clear();
  append_client_frame(out, Opcode::text, "", 0x01020304, /*fin=*/false, /*compressed=*/true);
  EXPECT_EQ(out, "\x41\x80\x01\x02\x03\x04");
}

TEST(AppendClose, CarriesCodeAndReason) {
  std::string out;
  append_close(out, CloseCode::too_big, "big");
  EXPECT_EQ(out, "\x88\x05\x03\xf1"s + "big");
}

}  // namespace
}  // namespace lectern::websocket
