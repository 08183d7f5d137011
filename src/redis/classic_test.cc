#include "redis/classic.h"

#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "redis/classic_channels.h"

namespace lectern::redis {
namespace {

namespace json = boost::json;
using std::string_view;

std::string bytes_of(string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2)
    bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  return bytes;
}

// What notepack.io 3.0.1 makes of it for Node.js.
const std::string kBroadcast = bytes_of(
    "93a66e6f6465303183a47479706502a46461746193a46e65777382a16effa162c4020102cb3ff8000000000000a36e"
    "7370a52f6368617483a5726f6f6d7391a172a665786365707492a178a179a5666c61677381a8766f6c6174696c65"
    "c3");
const std::string kQuestion = bytes_of(
    "85a3756964a66e6f64653031a9726571756573744964a6726571313233a47479706507a67061636b657483a4747970"
    "6502a46461746192a17107a36e7370a12fa46f70747383a5726f6f6d7391a172a665786365707490a5666c61677381"
    "a774696d656f7574cd1388");
const std::string kAnswer =
    bytes_of("83a47479706509a9726571756573744964a6726571313233a67061636b657481a162c4026869");
const std::string kEmptyAnswer = bytes_of("82a47479706509a9726571756573744964a6726571313233");
const std::string kEmitted = bytes_of(
    "93a7656d697474657283a47479706502a46461746192a568656c6c6fa5776f726c64a36e7370a12f83a5726f6f6d73"
    "91a5726f6f6d31a5666c61677380a665786365707490");

const Arguments kNews{json::parse(R"([{"n":-1,"b":{"_placeholder":true,"num":0}},1.5])").as_array(),
                      {std::string("\1\2")}};

EventView view(string_view name, const Arguments& arguments) {
  return {name, {arguments.values.begin(), arguments.values.size()}, arguments.attachments};
}

TEST(ClassicChannels, AreThoseOfTheAdapter) {
  const ClassicChannels channels("socket.io", "/chat", "node01");
  EXPECT_EQ(channels.broadcast, "socket.io#/chat#");
  EXPECT_EQ(channels.pattern, "socket.io#/chat#*");
  EXPECT_EQ(channels.request, "socket.io-request#/chat#");
  EXPECT_EQ(channels.response, "socket.io-response#/chat#");
  EXPECT_EQ(channels.own_response, "socket.io-response#/chat#node01#");
}

TEST(ClassicChannels, OneRoomHasAChannelOfItsOwn) {
  const std::vector<std::string> rooms{"a", "b"};
  EXPECT_EQ(broadcast_channel("k", "/chat", {}), "k#/chat#");
  EXPECT_EQ(broadcast_channel("k", "/chat", std::span(rooms).first(1)), "k#/chat#a#");
  EXPECT_EQ(broadcast_channel("k", "/chat", rooms), "k#/chat#");
}

TEST(ClassicChannels, APatternMatchesItsNamespaceAlone) {
  EXPECT_EQ(ClassicChannels("k*", "/a[b]?\\", "u").pattern, "k\\*#/a\\[b\\]\\?\\\\#*");
}

TEST(ClassicBroadcast, IsWrittenAsNodeWritesIt) {
  EXPECT_EQ(encode_broadcast("node01", "/chat", {{"r"}, {"x", "y"}}, true, view("news", kNews)),
            kBroadcast);
}

TEST(ClassicBroadcast, IsReadAgain) {
  const auto read = decode_broadcast(kBroadcast);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->uid, "node01");
  EXPECT_EQ(read->nsp, "/chat");
  EXPECT_EQ(read->to.rooms, std::vector<std::string>{"r"});
  EXPECT_EQ(read->to.except, (std::vector<std::string>{"x", "y"}));
  EXPECT_TRUE(read->is_volatile);
  EXPECT_EQ(read->event.name, "news");
  EXPECT_EQ(read->event.arguments.values, kNews.values);
  EXPECT_EQ(read->event.arguments.attachments, kNews.attachments);
}

TEST(ClassicBroadcast, TellsWhoseItIs) {
  EXPECT_TRUE(is_broadcast_of("node01", kBroadcast));
  EXPECT_FALSE(is_broadcast_of("node0", kBroadcast));
  EXPECT_FALSE(is_broadcast_of("node011", kBroadcast));
  EXPECT_FALSE(is_broadcast_of("node01", ""));
}

TEST(ClassicBroadcast, ComesFromEmittersToo) {
  const auto read = decode_broadcast(kEmitted);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->uid, "emitter");
  EXPECT_EQ(read->nsp, "/");
  EXPECT_EQ(read->to.rooms, std::vector<std::string>{"room1"});
  EXPECT_TRUE(read->to.except.empty());
  EXPECT_FALSE(read->is_volatile);
  EXPECT_EQ(json::serialize(read->event.arguments.values), R"(["world"])");
}

TEST(ClassicBroadcast, RefusesWhatIsNone) {
  for (const char* hex :
       {"", "c0", "80", "90", "93c0c0c0", "93a16180", "93a1618080", "93a161c080",
        // type 3; no data; data that is no array; an empty one; a reserved name; rooms no list
        "93a16182a47479706503a46461746191a178"
        "80",
        "93a16181a4747970650280", "93a16182a47479706502a464617461a17880",
        "93a16182a47479706502a4646174619080",
        "93a16182a47479706502a46461746191aa646973636f6e6e65637480",
        "93a16182a47479706502a46461746191a17881a5726f6f6d73a172",
        "93a16182a47479706502a46461746191a17881a5726f6f6d7391c3",
        // a fourth part, bytes behind
        "94a16182a47479706502a46461746191a17880c0", "93a16182a47479706502a46461746191a17880c0"})
    EXPECT_FALSE(decode_broadcast(bytes_of(hex))) << hex;
  EXPECT_TRUE(decode_broadcast(bytes_of("93a16182a47479706502a46461746191a17880")));
}

TEST(ClassicBroadcast, RoomsMayBeNumbers) {
  const auto read =
      decode_broadcast(bytes_of("93a16182a47479706502a46461746191a17881a5726f6f6d7392cd0100ff"));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->to.rooms, (std::vector<std::string>{"256", "-1"}));
}

TEST(ClassicRequests, AreWrittenAsNodeWritesThem) {
  const Target to{{"a", "b"}, {"c"}};
  EXPECT_EQ(encode_join("u", to, "r"),
            R"({"uid":"u","type":2,"opts":{"rooms":["a","b"],"except":["c"]},"rooms":["r"]})");
  EXPECT_EQ(encode_leave("u", {}, "r"),
            R"({"uid":"u","type":3,"opts":{"rooms":[],"except":[]},"rooms":["r"]})");
  EXPECT_EQ(encode_disconnect("u", to, true),
            R"({"uid":"u","type":4,"opts":{"rooms":["a","b"],"except":["c"]},"close":true})");
  EXPECT_EQ(encode_fetch("u", "i", to),
            R"({"uid":"u","requestId":"i","type":5,"opts":{"rooms":["a","b"],"except":["c"]}})");
  EXPECT_EQ(encode_server_side_emit("u", "i", "who", {1}),
            R"({"uid":"u","requestId":"i","type":6,"data":["who",1]})");
  EXPECT_EQ(encode_server_side_emit("u", "", "who", {}), R"({"uid":"u","type":6,"data":["who"]})");
  EXPECT_EQ(encode_question("node01", "req123", "/", {{"r"}, {}}, std::chrono::milliseconds(5000),
                            view("q", {{7}, {}})),
            kQuestion);
}

TEST(ClassicRequests, AreReadAgain) {
  auto read = decode_request(encode_join("u", {{"a"}, {"c"}}, "r"));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->type, RequestType::join);
  EXPECT_EQ(read->uid, "u");
  EXPECT_EQ(read->to.rooms, std::vector<std::string>{"a"});
  EXPECT_EQ(read->to.except, std::vector<std::string>{"c"});
  EXPECT_EQ(read->rooms, std::vector<std::string>{"r"});
  EXPECT_FALSE(read->sid);
  EXPECT_TRUE(decode_request(encode_disconnect("u", {}, true))->close);
  EXPECT_FALSE(decode_request(encode_disconnect("u", {}, false))->close);
  EXPECT_EQ(decode_request(encode_fetch("u", "i", {}))->id, "i");
  EXPECT_EQ(json::serialize(decode_request(encode_server_side_emit("u", "i", "who", {1}))->data),
            R"(["who",1])");
  read = decode_request(kQuestion);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->type, RequestType::broadcast);
  EXPECT_EQ(read->event.name, "q");
  EXPECT_EQ(read->limit, std::chrono::milliseconds(5000));
}

TEST(ClassicRequests, OldOnesNameOneSocket) {
  const auto read = decode_request(R"({"requestId":"i","type":3,"sid":"s","room":"r"})");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->sid, "s");
  EXPECT_EQ(read->rooms, std::vector<std::string>{"r"});
  EXPECT_EQ(decode_request(R"({"type":4,"sid":"s","close":true})")->sid, "s");
  EXPECT_EQ(decode_request(R"({"uid":"u","requestId":"i","type":0,"rooms":["r"]})")->rooms,
            std::vector<std::string>{"r"});
}

TEST(ClassicRequests, RefusesWhatIsNone) {
  for (const char* text :
       {"", "{", "{}", "[]", "{\"type\":8}", "{\"type\":-1}", "{\"type\":\"2\"}", "{\"type\":5}",
        "{\"type\":2,\"opts\":{\"rooms\":\"r\"}}", "{\"type\":2,\"opts\":{},\"rooms\":[{}]}",
        "{\"type\":6}", "{\"type\":6,\"data\":[]}", "{\"type\":7,\"requestId\":\"i\",\"opts\":{}}",
        "{\"type\":1,\"uid\":{}}", "{\"type\":1,\"requestId\":[]}", "{\"type\":2,\"sid\":[]}",
        "{\"type\":7,\"packet\":{\"type\":2,\"data\":[\"x\"]},\"opts\":{}}", "\x93\xc0\xc0\xc0"})
    EXPECT_FALSE(decode_request(text)) << text;
}

TEST(ClassicResponses, AreWrittenAsNodeWritesThem) {
  EXPECT_EQ(encode_sockets("i", {{{"id", "s"}}}), R"({"requestId":"i","sockets":[{"id":"s"}]})");
  EXPECT_EQ(encode_rooms("i", {"a"}), R"({"requestId":"i","rooms":["a"]})");
  EXPECT_EQ(encode_done("i"), R"({"requestId":"i"})");
  EXPECT_EQ(encode_data("i", 7), R"({"type":6,"requestId":"i","data":7})");
  EXPECT_EQ(encode_client_count("i", 3), R"({"type":8,"requestId":"i","clientCount":3})");
  const Arguments answer{json::parse(R"([{"b":{"_placeholder":true,"num":0}},"more"])").as_array(),
                         {"hi"}};
  EXPECT_EQ(encode_client_answer("req123", answer), kAnswer);
  EXPECT_EQ(encode_client_answer("req123", {}), kEmptyAnswer);
}

TEST(ClassicResponses, AreReadAgain) {
  EXPECT_EQ(decode_response(encode_client_count("i", 3))->clients, 3U);
  const auto answer = decode_response(kAnswer);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->id, "req123");
  ASSERT_TRUE(answer->answer);
  EXPECT_EQ(json::serialize(answer->answer->values), R"([{"b":{"_placeholder":true,"num":0}}])");
  EXPECT_EQ(answer->answer->attachments, Attachments{"hi"});
  const auto empty = decode_response(kEmptyAnswer);
  ASSERT_TRUE(empty && empty->answer);
  EXPECT_EQ(json::serialize(empty->answer->values), "[null]");
  EXPECT_EQ(decode_response(R"({"type":6,"requestId":"i","data":7})")->data, 7);
  EXPECT_EQ(decode_response(R"({"requestId":"i","sockets":[{}]})")->sockets.size(), 1U);
}

TEST(ClassicResponses, RefusesWhatIsNone) {
  for (const char* text :
       {"", "{", "{}", "[]", "{\"requestId\":\"\"}", "{\"requestId\":null}",
        "{\"requestId\":\"i\",\"clientCount\":-1}", "{\"requestId\":\"i\",\"clientCount\":1.5}",
        "{\"requestId\":\"i\",\"clientCount\":1e300}", "{\"requestId\":\"i\",\"clientCount\":null}",
        "{\"requestId\":\"i\",\"clientCount\":9007199254740993}"})
    EXPECT_FALSE(decode_response(text)) << text;
}

}  // namespace
}  // namespace lectern::redis
