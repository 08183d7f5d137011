#include "protocol/encoder.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

namespace lectern::protocol {
namespace {

namespace json = boost::json;

PacketView header(PacketType type, std::string_view nsp, std::optional<std::uint64_t> ack_id,
                  std::uint32_t attachments = 0) {
  return {type, attachments, nsp, ack_id, {}};
}

using Values = std::vector<json::value>;
const json::value kPlaceholder = {{"_placeholder", true}, {"num", 0}};

TEST(EncodeEvent, WritesBehindWhatIsThere) {
  std::string out = "4";
  encode_event(out, header(PacketType::event, "/", {}), "chat:message",
               Values{{{"content", "h\"i"}}});
  EXPECT_EQ(out, R"(42["chat:message",{"content":"h\"i"}])");
}

TEST(EncodeEvent, NamesTheNamespaceAndAsksForAnAcknowledgement) {
  std::string out;
  encode_event(out, header(PacketType::event, "/quiz", 7), "n", Values{1});
  EXPECT_EQ(out, R"(2/quiz,7["n",1])");
}

TEST(EncodeEvent, TakesAnyNumberOfArgumentsAndALastOne) {
  std::string out;
  encode_event(out, header(PacketType::event, "/", {}), "n", {});
  EXPECT_EQ(out, R"(2["n"])");
  out.clear();
  encode_event(out, header(PacketType::event, "/", 0), "n", Values{{{"a", 1}}, 2});
  EXPECT_EQ(out, R"(20["n",{"a":1},2])");
  out.clear();
  encode_event(out, header(PacketType::event, "/", {}), "n", {}, "17");
  EXPECT_EQ(out, R"(2["n","17"])");
  out.clear();
  encode_event(out, header(PacketType::event, "/", {}), "n", Values{1}, "17");
  EXPECT_EQ(out, R"(2["n",1,"17"])");
}

TEST(EncodeEvent, CountsItsAttachments) {
  std::string out;
  encode_event(out, header(PacketType::binary_event, "/", {}, 1), "n", Values{kPlaceholder});
  EXPECT_EQ(out, R"(51-["n",{"_placeholder":true,"num":0}])");
  out.clear();
  encode_event(out, header(PacketType::binary_event, "/nsp", 7, 12), "n", Values{1});
  EXPECT_EQ(out, R"(512-/nsp,7["n",1])");
}

TEST(EncodeAck, CountsItsAttachments) {
  std::string out;
  encode_ack(out, header(PacketType::binary_ack, "/nsp", 7, 1), Values{kPlaceholder});
  EXPECT_EQ(out, R"(61-/nsp,7[{"_placeholder":true,"num":0}])");
}

TEST(EncodeAck, WritesAnyNumberOfArguments) {
  std::string out = "4";
  encode_ack(out, header(PacketType::ack, "/", 12), Values{{{"ok", true}}});
  EXPECT_EQ(out, R"(4312[{"ok":true}])");
  out.clear();
  encode_ack(out, header(PacketType::ack, "/", 7), Values{1, "b"});
  EXPECT_EQ(out, R"(37[1,"b"])");
  out.clear();
  encode_ack(out, header(PacketType::ack, "/", 7), {});
  EXPECT_EQ(out, "37[]");
}

TEST(AppendJsonString, EscapesWhatJsonReadsBack) {
  std::string every;
  for (int c = 0; c < 0x80; ++c) every += static_cast<char>(c);
  every += "\xc3\xa9\xf0\x9f\x98\x80";
  std::string out;
  append_json_string(out, every);
  EXPECT_EQ(json::parse(out).as_string(), every);
  out.clear();
  append_json_string(out, std::string_view("a\"\\\n\x1f\0b", 7));
  EXPECT_EQ(out, R"("a\"\\\u000a\u001f\u0000b")");
}

TEST(AppendJson, WritesAValueLongerThanItsBuffer) {
  const std::string text =
      "[\"" + std::string(5000, 'x') + "\",\"" + std::string(3000, 'y') + "\"]";
  std::string out = "kept";
  append_json(out, json::parse(text));
  EXPECT_EQ(out, "kept" + text);
}

}  // namespace
}  // namespace lectern::protocol
