#include "protocol/packet.h"

#include <string>

#include <gtest/gtest.h>

namespace lectern::protocol {
namespace {

using namespace std::string_literals;

std::string written(const PacketView& packet) {
  std::string out;
  append(out, packet);
  return out;
}

TEST(DecodePacket, ReadsAConnectInEverySpelling) {
  struct {
    const char *text, *nsp, *json;
  } const spellings[] = {
      {"0", "/", ""},
      {"0{\"token\":\"t\"}", "/", "{\"token\":\"t\"}"},
      {"0/nsp", "/nsp", ""},
      {"0/nsp,", "/nsp", ""},
      {"0/nsp,{}", "/nsp", "{}"},
      {"0/,{}", "/", "{}"},
      {"0/a?b={},{}", "/a?b={}", "{}"},
  };
  for (const auto& spelling : spellings) {
    const auto packet = decode(spelling.text).value();
    EXPECT_EQ(packet.type, PacketType::connect);
    EXPECT_EQ(packet.nsp, spelling.nsp) << spelling.text;
    EXPECT_EQ(packet.json, spelling.json) << spelling.text;
    EXPECT_FALSE(packet.ack_id);
  }
}

TEST(DecodePacket, ReadsEventsAndAcknowledgements) {
  const auto event = decode(R"(2["chat:message",{}])").value();
  EXPECT_EQ(event.type, PacketType::event);
  EXPECT_EQ(event.json, R"(["chat:message",{}])");
  EXPECT_FALSE(event.ack_id);

  const auto asking = decode(R"(2/quiz,0["x"])").value();
  EXPECT_EQ(asking.nsp, "/quiz");
  EXPECT_EQ(asking.ack_id, 0u);
  EXPECT_EQ(asking.json, R"(["x"])");

  const auto ack = decode("312[]").value();
  EXPECT_EQ(ack.type, PacketType::ack);
  EXPECT_EQ(ack.ack_id, 12u);
  EXPECT_EQ(ack.json, "[]");

  EXPECT_EQ(decode("1/admin,").value().nsp, "/admin");
  EXPECT_EQ(decode("4{}").value().type, PacketType::connect_error);
}

TEST(DecodePacket, CountsAttachmentsOfBinaryTypesAlone) {
  const auto event = decode(R"(51-/nsp,7["x",{"_placeholder":true,"num":0}])").value();
  EXPECT_EQ(event.type, PacketType::binary_event);
  EXPECT_EQ(event.attachments, 1u);
  EXPECT_EQ(event.nsp, "/nsp");
  EXPECT_EQ(event.ack_id, 7u);
  EXPECT_EQ(decode("50-[\"x\"]").value().attachments, 0u);
  EXPECT_EQ(decode("60-1[]").value().type, PacketType::binary_ack);
  for (const char* text : {"5", "5[\"x\"]", "51", "51[\"x\"]", "5-[\"x\"]", "501-[\"x\"]"})
    EXPECT_EQ(decode(text).error(), Errc::malformed_packet) << text;
  EXPECT_EQ(decode("21-[\"x\"]").value().json, "-[\"x\"]") << "an id and broken JSON";
}

// CVE-2020-36049 and CVE-2026-33151.
TEST(DecodePacket, BoundsItsNumbers) {
  EXPECT_EQ(decode("29007199254740992[]").value().ack_id, 9007199254740992u);
  for (const std::string& digits :
       {"9007199254740993"s, "18446744073709551616"s, "100000000000000000000"s, "007"s, "00"s,
        std::string(100'000, '9')}) {
    EXPECT_EQ(decode("2" + digits + "[]").error(), Errc::malformed_packet);
    EXPECT_EQ(decode("5" + digits + "-[]").error(), Errc::malformed_packet);
  }
  EXPECT_EQ(decode("5999999999-[\"x\"]").error(), Errc::malformed_packet);
  EXPECT_EQ(decode("2\xd9\xa1[]").value().json, "\xd9\xa1[]") << "digits are ASCII";
  EXPECT_FALSE(decode("2-1[]").value().ack_id);
}

TEST(DecodePacket, TakesIdsOnlyWhereTheyHaveAMeaning) {
  for (const char* text : {"07{}", "17", "47{}", "0/nsp,7{}"})
    EXPECT_EQ(decode(text).error(), Errc::malformed_packet) << text;
}

TEST(DecodePacket, BoundsTheNamespace) {
  const std::string longest = "/" + std::string(kMaxNamespace - 1, 'n');
  EXPECT_EQ(decode("2" + longest + ",[]").value().nsp, longest);
  EXPECT_EQ(decode("0" + longest).value().nsp, longest);
  EXPECT_EQ(decode("2" + longest + "n,[]").error(), Errc::malformed_packet);
  EXPECT_EQ(decode("0" + longest + "n").error(), Errc::malformed_packet);
  EXPECT_EQ(decode("0/" + std::string(1'000'000, 'n')).error(), Errc::malformed_packet);
}

TEST(DecodePacket, RefusesOtherTypes) {
  for (const std::string& text : {""s, "7"s, "9[]"s, "a"s, "/"s, "["s, " 2[]"s, "\0"s})
    EXPECT_EQ(decode(text).error(), Errc::malformed_packet) << text;
}

TEST(AppendPacket, WritesWhatWasRead) {
  for (const char* text : {"0", "0/nsp,{}", "1", "1/nsp,", "2[\"a\"]", "2/n,0[\"a\"]", "312[]",
                           "51-/nsp,7[\"x\"]", "60-1[]", "4{\"message\":\"m\"}"})
    EXPECT_EQ(written(decode(text).value()), text);
}

}  // namespace
}  // namespace lectern::protocol
