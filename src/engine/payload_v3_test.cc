#include "engine/payload_v3.h"

#include <string>

#include <gtest/gtest.h>

#include "engine/packet.h"

namespace lectern::engine {
namespace {

using namespace std::string_literals;

constexpr std::size_t kLimit = 200'000;

auto text_payload(std::string_view body) {
  return decode_payload_v3(PayloadForm::text, body, kLimit);
}

auto binary_payload(std::string_view body) {
  return decode_payload_v3(PayloadForm::binary, body, kLimit);
}

TEST(DecodePayloadV3, TakesTextPacketsApartByTheirLengths) {
  const auto packets = text_payload("6:4hello1:26:2probe10:b4AQIDBA==").value();
  ASSERT_EQ(packets.size(), 4u);
  EXPECT_EQ(packets[0].type, packet_type::kMessage);
  EXPECT_EQ(packets[0].form, DataForm::text);
  EXPECT_EQ(packets[0].data, "hello");
  EXPECT_EQ(packets[1].type, packet_type::kPing);
  EXPECT_EQ(packets[1].data, "");
  EXPECT_EQ(packets[2].data, "probe");
  EXPECT_EQ(packets[3].type, packet_type::kMessage);
  EXPECT_EQ(packets[3].form, DataForm::base64);
  EXPECT_EQ(packets[3].data, "AQIDBA==");
}

TEST(DecodePayloadV3, CountsCodeUnitsOfUtf16) {
  EXPECT_EQ(text_payload("2:4\xc3\xa9").value()[0].data, "\xc3\xa9");
  EXPECT_EQ(text_payload("2:4\xe2\x82\xac").value()[0].data, "\xe2\x82\xac");
  EXPECT_EQ(text_payload("3:4\xf0\x9f\x98\x80").value()[0].data, "\xf0\x9f\x98\x80");
  EXPECT_EQ(text_payload("12:4\xf0\x9f\x98\x80 and more\xc3\xa9"
                         "1:3")
                .error(),
            Errc::malformed_packet)
      << "one code unit is missing";
  EXPECT_EQ(text_payload("13:4\xf0\x9f\x98\x80 and more\xc3\xa9"
                         "1:3")
                .value()[1]
                .type,
            packet_type::kPong);
  EXPECT_EQ(text_payload("2:4\xf0\x9f\x98\x80").error(), Errc::malformed_packet)
      << "ends between two surrogates";
  EXPECT_EQ(text_payload("3:4\xc3\xa9").error(), Errc::malformed_packet) << "a length in bytes";
}

TEST(DecodePayloadV3, CountsAlikeWhereverTheCharactersStand) {
  for (std::size_t before = 0; before < 20; ++before) {
    const std::string packet = "4" + std::string(before, 'x') + "\xf0\x9f\x98\x80\xc3\xa9" +
                               std::string(20 - before, 'y') + "\xe2\x82\xac";
    const std::string body = "25:" + packet + "1:2";
    const auto packets = text_payload(body);
    ASSERT_TRUE(packets) << before;
    EXPECT_EQ(packets->at(0).data, packet.substr(1));
    EXPECT_EQ(packets->at(1).type, packet_type::kPing);
  }
}

TEST(DecodePayloadV3, RefusesLengthsThatAreNoPlainNumbers) {
  for (const char* body : {"99999999999:4", "-1:",   "1e3:4", ":4",    "0:",
                           "01:4",          "1",     "1:",    "2:4",   "1:44",
                           "+1:4",          " 1:4",  "1 :4",  "0x1:4", "1:4 ",
                           "1.0:4",         "",      ":",     "1:41",  "18446744073709551617:4",
                           "\xd9\xa1:4",    "4hello"})
    EXPECT_EQ(text_payload(body).error(), Errc::malformed_packet) << body;
  EXPECT_EQ(text_payload(std::string(100'000, '1')).error(), Errc::malformed_packet);
}

TEST(DecodePayloadV3, RefusesTypesThatDoNotExist) {
  for (const std::string& body : {"1:7"s, "1:a"s, "1:b"s, "2:b2"s, "3:bAA"s, "1:/"s, "1::"s,
                                  "1:\0"s, "1:\xc3\xa9"s, "1:41:9"s})
    EXPECT_EQ(text_payload(body).error(), Errc::malformed_packet) << body;
  EXPECT_TRUE(text_payload("2:b4").value()[0].data.empty()) << "a message of no bytes";
}

TEST(DecodePayloadV3, RefusesTextThatIsNotUtf8) {
  for (const char* body : {"2:4\xc3", "4:4\xed\xa0\x80", "2:4\xff", "\xff"})
    EXPECT_EQ(text_payload(body).error(), Errc::invalid_utf8) << body;
  EXPECT_EQ(binary_payload("\x00\x02\xff\x34\xc3"s).error(), Errc::invalid_utf8);
  EXPECT_EQ(binary_payload("\x00\x04\xff\x34\xed\xa0\x80"s).error(), Errc::invalid_utf8)
      << "a lone surrogate";
}

TEST(DecodePayloadV3, RefusesABodyOneByteOverTheLimit) {
  EXPECT_TRUE(decode_payload_v3(PayloadForm::text, "6:4hello", 8));
  EXPECT_EQ(decode_payload_v3(PayloadForm::text, "6:4hello", 7).error(), Errc::payload_too_large);
  EXPECT_EQ(decode_payload_v3(PayloadForm::binary, "\x00\x06\xff\x34hello"s, 8).error(),
            Errc::payload_too_large);
}

TEST(DecodePayloadV3, TakesBinaryPacketsApartByTheirBytes) {
  const std::string body = "\x00\x03\xff\x34\xc3\xa9"s + "\x01\x01\x01\xff\x04"s +
                           std::string(10, '\xff') + "\x00\x01\xff\x32"s;
  const auto packets = binary_payload(body).value();
  ASSERT_EQ(packets.size(), 3u);
  EXPECT_EQ(packets[0].type, packet_type::kMessage);
  EXPECT_EQ(packets[0].form, DataForm::text);
  EXPECT_EQ(packets[0].data, "\xc3\xa9");
  EXPECT_EQ(packets[1].type, packet_type::kMessage);
  EXPECT_EQ(packets[1].form, DataForm::bytes);
  EXPECT_EQ(packets[1].data, std::string(10, '\xff'));
  EXPECT_EQ(packets[2].type, packet_type::kPing);
}

TEST(DecodePayloadV3, RefusesBrokenBinaryPayloads) {
  for (const std::string& body : {""s,
                                  "\x00"s,
                                  "\x00\xff"s,
                                  "\x00\x00\xff"s,
                                  "\x00\x01\xff"s,
                                  "\x00\x00\x01\xff\x34"s,  // a leading zero
                                  "\x00\x02\xff\x34"s,      // cut
                                  "\x00\x01\x34"s,
                                  "\x00\x01\x01\x01\x01"s,  // no ff
                                  "\x02\x01\xff\x34"s,
                                  "0\x01\xff\x34"s,  // another kind
                                  "\x00\x31\xff\x34"s,
                                  "\x00\x0a\xff\x34"s,  // no digit
                                  "\x00\x01\xff\x04"s,
                                  "\x00\x01\xff\x37"s,  // no type of a text
                                  "\x01\x01\xff\x34"s,
                                  "\x01\x01\xff\x02"s,  // no type of bytes
                                  "\x00\x01\xff\x62"s,
                                  "\x00\x03\xff\x62\x34="s,  // base64 is of the text form
                                  "\x00\x01\xff\x34\x00"s,   // more behind the last
                                  "\x00"s + std::string(11, '\x09') + "\xff\x34"s}) {
    const auto packets = binary_payload(body);
    ASSERT_FALSE(packets) << testing::PrintToString(body);
    EXPECT_EQ(packets.error(), Errc::malformed_packet);
  }
  EXPECT_EQ(binary_payload(std::string(100'000, '\x01')).error(), Errc::malformed_packet);
}

TEST(AppendPacketV3, WritesTheLengthsOfBothForms) {
  std::string text;
  append_packet_v3(text, PayloadForm::text, "4hello");
  append_packet_v3(text, PayloadForm::text, "4\xc3\xa9\xf0\x9f\x98\x80");
  EXPECT_EQ(text, "6:4hello4:4\xc3\xa9\xf0\x9f\x98\x80");
  std::string binary;
  append_packet_v3(binary, PayloadForm::binary, "4\xc3\xa9 and 7");
  EXPECT_EQ(binary, "\x00\x09\xff"s + "4\xc3\xa9 and 7");
  binary.clear();
  append_packet_v3(binary, PayloadForm::binary, "4" + std::string(129, 'x'));
  EXPECT_EQ(binary.substr(0, 6), "\x00\x01\x03\x00\xff\x34"s);
}

TEST(AppendBinaryMessageV3, WritesBase64OrBytes) {
  std::string text;
  append_binary_message_v3(text, PayloadForm::text, "\x01\x02\x03\x04");
  EXPECT_EQ(text, "10:b4AQIDBA==");
  std::string binary;
  append_binary_message_v3(binary, PayloadForm::binary, "\x01\x02\x03\x04");
  EXPECT_EQ(binary, "\x01\x05\xff\x04\x01\x02\x03\x04"s);
}

TEST(WebSocketBinaryV3, HasTheTypeBeforeTheBytes) {
  EXPECT_EQ(decode_websocket_binary_v3("\x04\xff"s).value(), "\xff");
  EXPECT_EQ(decode_websocket_binary_v3("\x04"s).value(), "");
  for (const std::string& message : {""s, "\x03x"s, "4x"s, "\x00"s, "\x84"s})
    EXPECT_EQ(decode_websocket_binary_v3(message).error(), Errc::malformed_packet);
  std::string out;
  append_websocket_binary_v3(out, "\xff\x00"s);
  EXPECT_EQ(out, "\x04\xff\x00"s);
}

}  // namespace
}  // namespace lectern::engine
