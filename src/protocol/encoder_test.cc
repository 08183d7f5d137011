#include "protocol/encoder.h"

#include <string>

#include <gtest/gtest.h>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

namespace lectern::protocol {
namespace {

namespace json = boost::json;

TEST(EncodeEvent, WritesTheFormOfAFrame) {
  std::string out;
  encode_event(out, Envelope::engine_message, "/", std::nullopt, "chat:message",
               json::value{{"content", "h\"i"}});
  EXPECT_EQ(out, R"(42["chat:message",{"content":"h\"i"}])");
}

TEST(EncodeEvent, NamesTheNamespaceAndAsksForAnAcknowledgement) {
  std::string out;
  encode_event(out, Envelope::none, "/quiz", 7, "n", json::value(1));
  EXPECT_EQ(out, R"(2/quiz,7["n",1])");
}

TEST(EncodeEvent, TakesArgumentsInJson) {
  std::string out;
  encode_event_json(out, Envelope::none, "/", std::nullopt, "n", "");
  EXPECT_EQ(out, R"(2["n"])");
  out.clear();
  encode_event_json(out, Envelope::engine_message, "/", 0, "n", R"({"a":1},2)");
  EXPECT_EQ(out, R"(420["n",{"a":1},2])");
}

TEST(EncodeEvent, CountsItsAttachments) {
  std::string out;
  encode_event_json(out, Envelope::engine_message, "/", std::nullopt, "n",
                    R"({"_placeholder":true,"num":0})", 1);
  EXPECT_EQ(out, R"(451-["n",{"_placeholder":true,"num":0}])");
  out.clear();
  encode_event_json(out, Envelope::none, "/nsp", 7, "n", "1", 12);
  EXPECT_EQ(out, R"(512-/nsp,7["n",1])");
}

TEST(EncodeAck, CountsItsAttachments) {
  std::string out;
  encode_ack_json(out, Envelope::engine_message, "/nsp", 7, R"({"_placeholder":true,"num":0})", 1);
  EXPECT_EQ(out, R"(461-/nsp,7[{"_placeholder":true,"num":0}])");
  out.clear();
  encode_ack_json(out, Envelope::none, "/", 7, "1", 0);
  EXPECT_EQ(out, "37[1]");
}

TEST(EncodeAck, WritesOneArgument) {
  std::string out;
  encode_ack(out, Envelope::engine_message, "/", 12, json::value{{"ok", true}});
  EXPECT_EQ(out, R"(4312[{"ok":true}])");
}

TEST(EncodeConnect, TellsTheSid) {
  std::string out;
  encode_connect(out, Envelope::engine_message, "/", "pid_-0");
  EXPECT_EQ(out, R"(40{"sid":"pid_-0"})");
  out.clear();
  encode_connect(out, Envelope::none, "/nsp", "s");
  EXPECT_EQ(out, R"(0/nsp,{"sid":"s"})");
}

TEST(EncodeConnectError, CarriesDataWhenThereIsSome) {
  std::string out;
  encode_connect_error(out, Envelope::engine_message, "/", "not \"you\"", nullptr);
  EXPECT_EQ(out, R"(44{"message":"not \"you\""})");
  out.clear();
  const json::value data = {{"type", "AUTH_REQUIRED"}};
  encode_connect_error(out, Envelope::none, "/n", "m", &data);
  EXPECT_EQ(out, R"(4/n,{"message":"m","data":{"type":"AUTH_REQUIRED"}})");
}

TEST(EncodeDisconnect, EndsTheNamespaceWithAComma) {
  std::string out;
  encode_disconnect(out, Envelope::engine_message, "/");
  EXPECT_EQ(out, "41");
  out.clear();
  encode_disconnect(out, Envelope::none, "/nsp");
  EXPECT_EQ(out, "1/nsp,");
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
