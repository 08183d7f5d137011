#include "client/packet_reader.h"

#include <gtest/gtest.h>
#include <boost/json/array.hpp>

#include "protocol/msgpack.h"

namespace lectern::client {
namespace {

TEST(PacketReader, PassesPlainPacketsOn) {
  PacketReader reader(Parser::json, 2, 100);
  const auto received = reader.on_text("2/n,[\"x\",1]");
  ASSERT_TRUE(received && *received);
  EXPECT_EQ((*received)->type, protocol::PacketType::event);
  EXPECT_EQ((*received)->nsp, "/n");
  EXPECT_EQ((*received)->name, "x");
  EXPECT_EQ((*received)->data, boost::json::array{1});
  EXPECT_EQ((*received)->bytes, 11U);
}

TEST(PacketReader, JoinsTheAttachments) {
  PacketReader reader(Parser::json, 2, 100);
  std::string text = R"(52-/n,7["x",{"_placeholder":true,"num":1},{"_placeholder":true,"num":0}])";
  ASSERT_TRUE(reader.on_text(text));
  text.assign(text.size(), '#');  // the message is gone by then
  auto first = reader.on_binary("one");
  ASSERT_TRUE(first);
  EXPECT_FALSE(*first);
  const auto received = reader.on_binary("two");
  ASSERT_TRUE(received && *received);
  EXPECT_EQ((*received)->attachments, (Attachments{"one", "two"}));
  EXPECT_EQ((*received)->data.get_array().size(), 2U);
  EXPECT_EQ((*received)->ack_id, 7U);
  EXPECT_EQ((*received)->bytes, text.size() + 6);
}

TEST(PacketReader, TakesAHeaderWithoutAttachmentsAsAPlainPacket) {
  PacketReader reader(Parser::json, 2, 100);
  EXPECT_TRUE(*reader.on_text("50-[\"x\"]"));
  EXPECT_TRUE(*reader.on_text("2[\"x\"]"));
}

TEST(PacketReader, RefusesContentThatDoesNotFit) {
  PacketReader reader(Parser::json, 2, 100);
  for (const char* text : {"0[]", "2{}", "2[]", "2[\"connect\"]", "3[]", "37{}", "4", "4[]", "41"})
    EXPECT_FALSE(reader.on_text(text)) << text;
  for (const char* text : {"0", "0{}", "1", "2[\"x\"]", "37[]", "4{}", "4\"no\""})
    EXPECT_TRUE(reader.on_text(text)) << text;
}

TEST(PacketReader, ReadsMessagePack) {
  PacketReader reader(Parser::msgpack, 2, 1000);
  std::string bytes;
  protocol::encode_msgpack_event(bytes, "/n", 7, "x", {1, {{"_placeholder", true}, {"num", 0}}},
                                 {"bytes"});
  const auto event = reader.on_binary(bytes);
  ASSERT_TRUE(event && *event);
  EXPECT_EQ((*event)->type, protocol::PacketType::event);
  EXPECT_EQ((*event)->nsp, "/n");
  EXPECT_EQ((*event)->name, "x");
  EXPECT_EQ((*event)->data.get_array().size(), 2U);
  EXPECT_EQ((*event)->attachments, Attachments{"bytes"});
  EXPECT_EQ((*event)->ack_id, 7U);
  EXPECT_EQ((*event)->bytes, bytes.size());
  bytes.clear();
  protocol::encode_msgpack(bytes, {protocol::PacketType::connect, "/", {}, {{"sid", "s"}}, {}});
  const auto connect = reader.on_binary(bytes);
  ASSERT_TRUE(connect && *connect);
  EXPECT_EQ((*connect)->data, (boost::json::value{{"sid", "s"}}));
}

TEST(PacketReader, RefusesWhatIsNoMessagePack) {
  PacketReader reader(Parser::msgpack, 2, 1000);
  EXPECT_FALSE(reader.on_text("2[\"x\"]"));
  EXPECT_FALSE(reader.on_binary("2[\"x\"]"));
  std::string bytes;
  protocol::encode_msgpack_event(bytes, "/", {}, "connect", {}, {});
  EXPECT_FALSE(reader.on_binary(bytes)) << "a name that Socket.IO keeps for itself";
}

TEST(PacketReader, RefusesTheWrongOrder) {
  PacketReader reader(Parser::json, 2, 100);
  EXPECT_EQ(reader.on_binary("x").error(), Errc::malformed_packet);
  ASSERT_TRUE(reader.on_text("51-[\"x\"]"));
  EXPECT_EQ(reader.on_text("2[\"x\"]").error(), Errc::malformed_packet);
}

TEST(PacketReader, RefusesTooManyAndTooLarge) {
  PacketReader reader(Parser::json, 2, 20);
  EXPECT_EQ(reader.on_text("53-[\"x\"]").error(), Errc::malformed_packet);
  ASSERT_TRUE(reader.on_text("52-[\"x\"]"));
  ASSERT_TRUE(reader.on_binary("0123456"));
  EXPECT_EQ(reader.on_binary("0123456").error(), Errc::payload_too_large);
}

TEST(PacketReader, StartsAfreshAfterAReset) {
  PacketReader reader(Parser::json, 2, 20);
  ASSERT_TRUE(reader.on_text("51-[\"x\"]"));
  reader.reset();
  EXPECT_TRUE(reader.on_text("2[\"x\"]"));
}

}  // namespace
}  // namespace lectern::client
