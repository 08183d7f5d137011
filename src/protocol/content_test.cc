#include "protocol/content.h"

#include <string>

#include <gtest/gtest.h>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/serialize.hpp>

namespace lectern::protocol {
namespace {

namespace json = boost::json;

// Parses the event with this JSON.
Result<EventContent> event_of(std::string_view text, json::storage_ptr storage = {}) {
  PacketView packet;
  packet.type = PacketType::event;
  packet.json = text;
  return parse_event(packet, std::move(storage));
}

PacketView packet_of(std::string_view text) { return decode(text).value(); }

TEST(ParseEvent, SplitsTheNameFromTheArguments) {
  const auto event = event_of(R"(["chat:message",{"content":"hi"},1])").value();
  EXPECT_EQ(event.name, "chat:message");
  EXPECT_EQ(json::serialize(event.args), R"([{"content":"hi"},1])");
  EXPECT_TRUE(event_of(R"(["ping"])").value().args.empty());
  EXPECT_EQ(event_of(R"([""])").value().name, "");
}

TEST(ParseEvent, StaysInTheStorageItIsGiven) {
  unsigned char buffer[2048];
  json::monotonic_resource storage(buffer);
  const auto event =
      event_of(R"(["a name that is longer than what a string holds inline",{"key":[1]}])", &storage)
          .value();
  EXPECT_EQ(event.name.storage().get(), &storage);
  EXPECT_EQ(event.args.storage().get(), &storage);
  EXPECT_EQ(event.args[0].at("key").storage().get(), &storage);
}

// CVE-2024-38355 and CVE-2023-32695.
TEST(ParseEvent, TakesEveryNameButTheReservedOnes) {
  for (const char* name : {"error", "__proto__", "constructor", "Connect", "connect "})
    EXPECT_EQ(event_of("[\"" + std::string(name) + "\"]").value().name, name);
  for (const char* name : {"connect", "connect_error", "disconnect", "disconnecting", "newListener",
                           "removeListener", "\\u0063onnect"})
    EXPECT_EQ(event_of("[\"" + std::string(name) + "\"]").error(), Errc::malformed_packet) << name;
  for (const char* text : {"", "[]", "{}", "\"x\"", "null", "1", "[{\"toString\":\"x\"}]", "[null]",
                           "[true]", "[[\"x\"]]"})
    EXPECT_EQ(event_of(text).error(), Errc::malformed_packet) << text;
}

TEST(ParseEvent, NamesANumberByItsDecimalText) {
  EXPECT_EQ(event_of("[7]").value().name, "7");
  EXPECT_EQ(event_of("[-7]").value().name, "-7");
  EXPECT_EQ(event_of("[0.5]").value().name, "0.5");
  EXPECT_EQ(event_of("[1.0]").value().name, "1");
  EXPECT_EQ(event_of("[-0]").value().name, "0");
  EXPECT_EQ(event_of("[-0.0]").value().name, "0");
  EXPECT_EQ(event_of("[1e5]").value().name, "100000");
  EXPECT_EQ(event_of("[18446744073709551615]").value().name, "18446744073709551615");
  EXPECT_EQ(event_of("[1e300]").value().name.size(), 301u);
  EXPECT_EQ(event_of("[-5e-324]").value().name.subview(0, 4), "-0.0");
  EXPECT_EQ(event_of("[1e999]").error(), Errc::malformed_packet);
}

TEST(ParseEvent, RefusesWhatParseJsonRefuses) {
  for (const char* text :
       {R"(["x")", R"(["x","\ud8"])", R"(["x",{"a":1e999}])", "[\"x\",\"\xff\"]"})
    EXPECT_EQ(event_of(text).error(), Errc::malformed_packet) << text;
  EXPECT_EQ(event_of("[\"x\"," + std::string(100'000, '[')).error(), Errc::malformed_packet);
  EXPECT_TRUE(event_of(" [ \"x\" , 1 ] "));
}

TEST(ParseConnect, TakesAnObjectOrNothing) {
  EXPECT_TRUE(parse_connect(packet_of("0"), {}).value().is_null());
  EXPECT_TRUE(parse_connect(packet_of("0/nsp,"), {}).value().is_null());
  EXPECT_EQ(parse_connect(packet_of(R"(0{"token":"t"})"), {}).value().at("token"), "t");
  for (const char* text : {"0[]", "0null", "0\"x\"", "0{", "0{}{}", "0true"})
    EXPECT_EQ(parse_connect(packet_of(text), {}).error(), Errc::malformed_packet) << text;
}

TEST(ParseAck, TakesAnArrayWithAnId) {
  EXPECT_EQ(json::serialize(parse_ack(packet_of("37[{},1]"), {}).value()), "[{},1]");
  EXPECT_TRUE(parse_ack(packet_of("30[]"), {}).value().empty());
  for (const char* text : {"3[]", "37", "37{}", "37null"})
    EXPECT_EQ(parse_ack(packet_of(text), {}).error(), Errc::malformed_packet) << text;
}

TEST(ParseEvent, HoldsTheBinaryTypeToItsAttachments) {
  const auto event =
      parse_event(packet_of(R"(51-["x",{"_placeholder":true,"num":0}])"), {}).value();
  EXPECT_EQ(event.name, "x");
  EXPECT_EQ(json::serialize(event.args), R"([{"_placeholder":true,"num":0}])");
  EXPECT_TRUE(parse_event(packet_of(R"(52-/n,7["x"])"), {})) << "attachments that nothing uses";
  for (const char* text : {R"(51-["x",{"_placeholder":true,"num":1}])", R"(51-[{"num":0}])",
                           R"(51-[{"_placeholder":true,"num":0}])", "51-[]", "51-"})
    EXPECT_EQ(parse_event(packet_of(text), {}).error(), Errc::malformed_packet) << text;
}

// A binary event without attachments stops the reference's next packet; here it is a plain one.
TEST(ParseEvent, LeavesPlaceholdersWithoutAttachmentsAsData) {
  for (const char* text : {R"(50-["x",{"_placeholder":true,"num":"splice"}])",
                           R"(2["x",{"_placeholder":true,"num":"splice"}])"})
    EXPECT_EQ(json::serialize(parse_event(packet_of(text), {}).value().args),
              R"([{"_placeholder":true,"num":"splice"}])");
}

TEST(ParseAck, HoldsTheBinaryTypeToItsAttachments) {
  EXPECT_EQ(parse_ack(packet_of(R"(61-7[{"_placeholder":true,"num":0}])"), {}).value().size(), 1u);
  EXPECT_TRUE(parse_ack(packet_of("60-7[]"), {}));
  for (const char* text : {R"(61-[{"_placeholder":true,"num":0}])",
                           R"(61-7[{"_placeholder":true,"num":-1}])", "61-7{}"})
    EXPECT_EQ(parse_ack(packet_of(text), {}).error(), Errc::malformed_packet) << text;
}

TEST(CheckDisconnect, TakesNothing) {
  EXPECT_TRUE(check_disconnect(packet_of("1")));
  EXPECT_TRUE(check_disconnect(packet_of("1/nsp,")));
  EXPECT_EQ(check_disconnect(packet_of("1{}")).error(), Errc::malformed_packet);
}

}  // namespace
}  // namespace lectern::protocol
