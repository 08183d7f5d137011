#include "engine/payload.h"

#include <string>

#include <gtest/gtest.h>

namespace lectern::engine {
namespace {

using namespace std::string_literals;

constexpr std::size_t kLimit = 64;

TEST(DecodePayload, TakesPacketsApartAtRecordSeparators) {
  const auto packets = decode_payload(
                           "4hello\x1e"
                           "2\x1e"
                           "bAQID",
                           kLimit)
                           .value();
  ASSERT_EQ(packets.size(), 3u);
  EXPECT_EQ(packets[0].type, packet_type::kMessage);
  EXPECT_EQ(packets[0].data, "hello");
  EXPECT_EQ(packets[1].type, packet_type::kPing);
  EXPECT_EQ(packets[1].data, "");
  EXPECT_EQ(packets[2].type, packet_type::kBinary);
  EXPECT_EQ(packets[2].data, "AQID");
}

TEST(DecodePayload, LeavesOtherControlCharactersToTheMessage) {
  const auto body = "4a\x1f\n\0b"s;
  const auto packets = decode_payload(body, kLimit).value();
  ASSERT_EQ(packets.size(), 1u);
  EXPECT_EQ(packets[0].data, "a\x1f\n\0b"s);
}

TEST(DecodePayload, RefusesEmptyPackets) {
  for (const char* body : {"", "\x1e", "\x1e\x1e\x1e", "4a\x1e",
                           "\x1e"
                           "4a",
                           "4a\x1e\x1e"
                           "4b"})
    EXPECT_EQ(decode_payload(body, kLimit).error(), Errc::malformed_packet) << body;
}

TEST(DecodePayload, RefusesTypesThatDoNotExist) {
  for (const std::string& body : {"7"s, "/"s, "a"s, "B"s, " 4"s,
                                  "4a\x1e"
                                  "9"s,
                                  "\0"s})
    EXPECT_EQ(decode_payload(body, kLimit).error(), Errc::malformed_packet) << body;
}

TEST(DecodePayload, RefusesABodyOneByteOverTheLimit) {
  EXPECT_TRUE(decode_payload(std::string(kLimit, '4'), kLimit));
  EXPECT_EQ(decode_payload(std::string(kLimit + 1, '4'), kLimit).error(), Errc::payload_too_large);
}

TEST(DecodePayload, RefusesWhatIsNotUtf8) {
  EXPECT_EQ(decode_payload("4\xc3", kLimit).error(), Errc::invalid_utf8);
  EXPECT_EQ(decode_payload("4\xed\xa0\x80", kLimit).error(), Errc::invalid_utf8);
  EXPECT_EQ(decode_payload("4\xc3\x1e"
                           "4\xa9",
                           kLimit)
                .error(),
            Errc::invalid_utf8);
  EXPECT_EQ(decode_payload("4\xc3\xa9", kLimit).value()[0].data, "\xc3\xa9");
}

TEST(DecodePacket, ReadsOnePacketOfAWebSocket) {
  EXPECT_EQ(decode_packet("2probe").value().type, packet_type::kPing);
  EXPECT_EQ(decode_packet("2probe").value().data, "probe");
  EXPECT_EQ(decode_packet("4a\x1e"
                          "4b")
                .value()
                .data,
            "a\x1e"
            "4b")
      << "no separators here";
  EXPECT_EQ(decode_packet("").error(), Errc::malformed_packet);
  EXPECT_EQ(decode_packet("bAQID").error(), Errc::malformed_packet);
  EXPECT_EQ(decode_packet("7").error(), Errc::malformed_packet);
}

TEST(AppendToPayload, PutsSeparatorsBetweenPackets) {
  std::string payload;
  append_to_payload(payload, "4hello");
  EXPECT_EQ(payload, "4hello");
  append_to_payload(payload, "2");
  EXPECT_EQ(payload,
            "4hello\x1e"
            "2");
}

}  // namespace
}  // namespace lectern::engine
