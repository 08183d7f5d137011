#include "protocol/msgpack.h"

#include <string>

#include <gtest/gtest.h>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "protocol/content.h"
#include "protocol/msgpack_value.h"

namespace lectern::protocol {
namespace {

namespace json = boost::json;
using namespace std::string_literals;

// The packet in MessagePack, written from its JSON.
std::string packed(std::string_view text, const Attachments& attachments = {}) {
  std::string out;
  append_msgpack(out, json::parse(text), attachments);
  return out;
}

bool refuses(std::string_view bytes) {
  const auto packet = decode_msgpack(bytes);
  return !packet && packet.error() == Errc::malformed_packet;
}

TEST(DecodeMsgpack, ReadsAnEvent) {
  const auto packet = decode_msgpack(
                          "\x84\xa4type\x02\xa3nsp\xa5/quiz\xa2id\x07\xa4"
                          "data\x92\xa4ping\x81\xa1n\x01"s)
                          .value();
  EXPECT_EQ(packet.type, PacketType::event);
  EXPECT_EQ(packet.nsp, "/quiz");
  EXPECT_EQ(packet.ack_id, 7u);
  EXPECT_EQ(json::serialize(packet.data), R"(["ping",{"n":1}])");
  EXPECT_TRUE(packet.attachments.empty());
  const auto event = split_event(packet.data.as_array()).value();
  EXPECT_EQ(event.name, "ping");
  EXPECT_EQ(json::serialize(event.args), R"([{"n":1}])");
}

TEST(DecodeMsgpack, ReadsAConnectInEverySpelling) {
  for (const std::string& bytes :
       {packed(R"({"type":0,"nsp":"/"})"), packed(R"({"nsp":"/","type":0,"data":null})"),
        "\x83\xa4type\x00\xa4"
        "data\xd4\x00\x00\xa3nsp\xa1/"s}) {
    const auto packet = decode_msgpack(bytes).value();
    EXPECT_EQ(packet.type, PacketType::connect);
    EXPECT_EQ(packet.nsp, "/");
    EXPECT_TRUE(packet.data.is_null());
  }
  const auto packet = decode_msgpack(packed(R"({"type":0,"nsp":"/n","data":{"token":"t"}})"));
  EXPECT_EQ(packet.value().data.at("token"), "t");
}

TEST(DecodeMsgpack, TakesUnknownKeysAndDropsTheirBinaries) {
  EXPECT_TRUE(
      decode_msgpack(packed(R"({"type":2,"data":["x"],"options":{"compress":true},"nsp":"/"})")));
  const auto packet =
      decode_msgpack(packed(R"({"options":[{"_placeholder":true,"num":0}],"type":3,"nsp":"/",)"
                            R"("id":0,"data":[{"_placeholder":true,"num":1}]})",
                            {"dropped", "kept"}))
          .value();
  EXPECT_EQ(json::serialize(packet.data), R"([{"_placeholder":true,"num":0}])");
  EXPECT_EQ(packet.attachments, Attachments{"kept"});
}

TEST(DecodeMsgpack, RefusesOtherTypesNamespacesAndIds) {
  for (const char* type : {"5", "6", "-1", "2.0", "2.5", "\"2\"", "null", "true", "[2]", "256"})
    EXPECT_TRUE(refuses(packed(R"({"nsp":"/","data":["x"],"type":)" + std::string(type) + "}")))
        << type;
  for (const char* nsp : {"\"\"", "\"nsp\"", "\"/a,b\"", "null", "7", "{}"})
    EXPECT_TRUE(refuses(packed(R"({"type":2,"data":["x"],"nsp":)" + std::string(nsp) + "}")))
        << nsp;
  for (const char* id :
       {"-1", "0.5", "1.0", "\"1\"", "[]", "true", "9007199254740993", "18446744073709551615"})
    EXPECT_TRUE(
        refuses(packed(R"({"type":2,"nsp":"/","data":["x"],"id":)" + std::string(id) + "}")))
        << id;
  EXPECT_TRUE(refuses(packed(R"({"data":["x"],"nsp":"/"})")));
  EXPECT_TRUE(refuses(packed(R"({"data":["x"],"type":2})")));
  const std::string nan = "\xcb\x7f\xf8\x00\x00\x00\x00\x00\x00"s;
  EXPECT_TRUE(
      refuses("\x84\xa4type\x02\xa3nsp\xa1/\xa4"
              "data\x91\xa1x\xa2id"s +
              nan));
  EXPECT_TRUE(
      refuses("\x83\xa4type\x00\xa3nsp\xa1/\xa4"
              "data"s +
              nan));
}

TEST(DecodeMsgpack, BoundsTheNamespaceAndTheId) {
  const auto with_nsp = [](const std::string& nsp) {
    return packed(R"({"type":1,"nsp":")" + nsp + "\"}");
  };
  EXPECT_TRUE(decode_msgpack(with_nsp("/" + std::string(kMaxNamespace - 1, 'n'))));
  EXPECT_TRUE(refuses(with_nsp("/" + std::string(kMaxNamespace, 'n'))));
  EXPECT_EQ(decode_msgpack(packed(R"({"type":3,"nsp":"/","data":[],"id":9007199254740992})"))
                .value()
                .ack_id,
            kMaxAckId);
}

TEST(DecodeMsgpack, HoldsTheDataToTheType) {
  const char* const wrong[] = {
      R"({"type":0,"nsp":"/","data":[]})",
      R"({"type":0,"nsp":"/","data":"x"})",
      R"({"type":1,"nsp":"/","data":{}})",
      R"({"type":2,"nsp":"/"})",
      R"({"type":2,"nsp":"/","data":[]})",
      R"({"type":2,"nsp":"/","data":{}})",
      R"({"type":2,"nsp":"/","data":"x"})",
      R"({"type":2,"nsp":"/","data":null})",
      R"({"type":3,"nsp":"/","data":[]})",
      R"({"type":3,"nsp":"/","id":1})",
      R"({"type":3,"nsp":"/","id":1,"data":{}})",
      R"({"type":4,"nsp":"/"})",
      R"({"type":4,"nsp":"/","data":[]})",
      R"({"type":4,"nsp":"/","data":1})",
      R"({"type":0,"nsp":"/","id":1})",
      R"({"type":1,"nsp":"/","id":1})",
      R"({"type":4,"nsp":"/","id":1,"data":"x"})",
      "[]",
      R"([2,"/",["x"]])",
      "2",
      "null",
  };
  for (const char* text : wrong) EXPECT_TRUE(refuses(packed(text))) << text;
  for (const char* text :
       {R"({"type":1,"nsp":"/"})", R"({"type":1,"nsp":"/","id":null})",
        R"({"type":3,"nsp":"/","id":1,"data":[]})", R"({"type":4,"nsp":"/","data":"x"})",
        R"({"type":4,"nsp":"/","data":{"message":"m"}})"})
    EXPECT_TRUE(decode_msgpack(packed(text))) << text;
}

// CVE-2023-32695: the name is checked where the event is split.
TEST(DecodeMsgpack, LeavesTheNameToSplitEvent) {
  for (const char* data : {R"([{"toString":"x"}])", "[null]", R"(["connect"])", "[true]"}) {
    auto packet =
        decode_msgpack(packed(R"({"type":2,"nsp":"/","data":)" + std::string(data) + "}"));
    EXPECT_EQ(split_event(packet.value().data.as_array()).error(), Errc::malformed_packet) << data;
  }
}

// CVE-2024-38355.
TEST(DecodeMsgpack, GivesEveryNameThatTheTextFormGives) {
  const auto name_of_event = [](const json::value& name) {
    std::string bytes;
    append_msgpack(bytes, {{"type", 2}, {"nsp", "/"}, {"data", json::array{name}}}, {});
    return std::string(split_event(decode_msgpack(bytes).value().data.as_array()).value().name);
  };
  for (const std::string& name :
       {"error"s, "__proto__"s, ""s, "a\0b"s, std::string(1'000'000, 'n')})
    EXPECT_EQ(name_of_event(json::value(name)), name);
  EXPECT_EQ(name_of_event(7), "7");
  EXPECT_EQ(name_of_event(-0.5), "-0.5");
}

TEST(DecodeMsgpack, RefusesKeysThatComeTwice) {
  EXPECT_TRUE(
      refuses("\x84\xa4type\x02\xa3nsp\xa1/\xa4"
              "data\x91\xa1x\xa4type\x02"s));
  EXPECT_TRUE(
      refuses("\x85\xa4type\x02\xa3nsp\xa1/\xa4"
              "data\x91\xa1x\xa1z\xc0\xa1z\xc0"s));
  EXPECT_TRUE(
      refuses("\x84\xa4type\x02\xa3nsp\xa1/\xa4"
              "data\x91\xa1x\x05\xc0"s))
      << "a key that is no string";
}

TEST(DecodeMsgpack, RefusesBrokenBytes) {
  const std::string good = packed(R"({"type":2,"nsp":"/","data":["x",{"a":1}],"id":300})");
  ASSERT_TRUE(decode_msgpack(good));
  for (std::size_t size = 0; size < good.size(); ++size)
    EXPECT_TRUE(refuses(good.substr(0, size))) << size;
  EXPECT_TRUE(refuses(good + "\xc0"));
  EXPECT_TRUE(refuses(good + good));
  EXPECT_TRUE(refuses("\xdf\xff\xff\xff\xff"s));
  EXPECT_TRUE(
      refuses("\x83\xa4type\x02\xa3nsp\xa1/\xa4"
              "data\xdd\xff\xff\xff\xff"s));
}

TEST(DecodeMsgpack, BoundsItsAttachments) {
  const auto with_binaries = [](std::size_t count) {
    std::string bytes =
        "\x83\xa4type\x02\xa3nsp\xa1/\xa4"
        "data\xdc\x00"s;
    bytes += static_cast<char>(count + 1);
    bytes += "\xa1x";
    for (std::size_t i = 0; i < count; ++i) bytes += "\xc4\x01" + std::string(1, 'b');
    return bytes;
  };
  EXPECT_EQ(decode_msgpack(with_binaries(10)).value().attachments.size(), 10u);
  EXPECT_TRUE(refuses(with_binaries(11)));
  EXPECT_EQ(decode_msgpack(with_binaries(11), 11).value().attachments.size(), 11u);
  EXPECT_FALSE(decode_msgpack(with_binaries(1), 0));
}

TEST(DecodeMsgpack, LetsNoMapPassForAPlaceholder) {
  const std::string start =
      "\x83\xa4type\x02\xa3nsp\xa1/\xa4"
      "data\x93\xa1x\x82\xac_placeholder\xc3\xa3num\x00"s;
  EXPECT_TRUE(refuses(start + "\xc4\x01z"));
  EXPECT_EQ(json::serialize(decode_msgpack(start + "\x01").value().data),
            R"(["x",{"_placeholder":true,"num":0},1])");
}

TEST(DecodeMsgpack, StaysInTheStorageItIsGiven) {
  unsigned char buffer[2048];
  json::monotonic_resource storage(buffer);
  const auto packet =
      decode_msgpack(packed(R"({"type":2,"nsp":"/","data":["x",{"key":[1]}]})"), 10, &storage)
          .value();
  EXPECT_EQ(packet.data.storage().get(), &storage);
  EXPECT_EQ(packet.data.at(1).at("key").storage().get(), &storage);
}

TEST(EncodeMsgpack, WritesAnEvent) {
  std::string out;
  encode_msgpack_event(out, "/", std::nullopt, "x", {1, placeholder(0)}, {"bin"});
  EXPECT_EQ(out,
            "\x83\xa4type\x02\xa3nsp\xa1/\xa4"
            "data\x93\xa1x\x01\xc4\x03"
            "bin"s);
  out.clear();
  encode_msgpack_event(out, "/n", 300, "x", {}, {});
  EXPECT_EQ(out,
            "\x84\xa4type\x02\xa3nsp\xa2/n\xa2id\xcd\x01\x2c\xa4"
            "data\x91\xa1x"s);
}

TEST(EncodeMsgpack, WritesAnAcknowledgement) {
  std::string out;
  encode_msgpack_ack(out, "/", 7, {json::object{{"ok", true}}}, {});
  EXPECT_EQ(out,
            "\x84\xa4type\x03\xa3nsp\xa1/\xa2id\x07\xa4"
            "data\x91\x81\xa2ok\xc3"s);
}

TEST(EncodeMsgpack, WritesWhatAServerAnswers) {
  std::string out;
  encode_msgpack(out, {PacketType::connect, "/", {}, {{"sid", "sid"}}, {}});
  EXPECT_EQ(out,
            "\x83\xa4type\x00\xa3nsp\xa1/\xa4"
            "data\x81\xa3sid\xa3sid"s);
  out.clear();
  encode_msgpack(out, {PacketType::connect_error, "/n", {}, {{"message", "no"}}, {}});
  EXPECT_EQ(out,
            "\x83\xa4type\x04\xa3nsp\xa2/n\xa4"
            "data\x81\xa7message\xa2no"s);
  out.clear();
  const json::value error = {{"message", "no"}, {"data", {{"code", 1}}}};
  encode_msgpack(out, {PacketType::connect_error, "/n", {}, error, {}});
  EXPECT_EQ(json::serialize(decode_msgpack(out).value().data),
            R"({"message":"no","data":{"code":1}})");
  out.clear();
  encode_msgpack(out, {PacketType::disconnect, "/n", {}, nullptr, {}});
  EXPECT_EQ(out, "\x82\xa4type\x01\xa3nsp\xa2/n"s);
}

TEST(EncodeMsgpack, WritesEveryPacketThatWasRead) {
  for (const char* text :
       {R"({"type":0,"nsp":"/"})", R"({"type":0,"nsp":"/","data":{"sid":"x"}})",
        R"({"type":1,"nsp":"/n"})", R"({"type":2,"nsp":"/","id":0,"data":["x",1.5]})",
        R"({"type":3,"nsp":"/","id":9,"data":[{"_placeholder":true,"num":0}]})",
        R"({"type":4,"nsp":"/","data":"x"})"}) {
    const std::string bytes = packed(text, {"binary"});
    std::string out;
    encode_msgpack(out, decode_msgpack(bytes).value());
    EXPECT_EQ(out, bytes) << text;
  }
}

}  // namespace
}  // namespace lectern::protocol
