#include "client/packet_reader.h"

#include <gtest/gtest.h>

namespace lectern::client {
namespace {

TEST(PacketReader, PassesPlainPacketsOn) {
  PacketReader reader(2, 100);
  const auto received = reader.on_text("2/n,[\"x\"]");
  ASSERT_TRUE(received && *received);
  EXPECT_EQ((*received)->packet.nsp, "/n");
  EXPECT_EQ((*received)->packet.json, "[\"x\"]");
}

TEST(PacketReader, JoinsTheAttachments) {
  PacketReader reader(2, 100);
  std::string text = R"(52-/n,7["x"])";
  ASSERT_TRUE(reader.on_text(text));
  text.assign(text.size(), '#');  // the message is gone by then
  auto first = reader.on_binary("one");
  ASSERT_TRUE(first);
  EXPECT_FALSE(*first);
  const auto received = reader.on_binary("two");
  ASSERT_TRUE(received && *received);
  EXPECT_EQ((*received)->attachments, (Attachments{"one", "two"}));
  EXPECT_EQ((*received)->packet.json, R"(["x"])");
  EXPECT_EQ((*received)->packet.ack_id, 7U);
}

TEST(PacketReader, TakesAHeaderWithoutAttachmentsAsAPlainPacket) {
  PacketReader reader(2, 100);
  EXPECT_TRUE(*reader.on_text("50-[\"x\"]"));
  EXPECT_TRUE(*reader.on_text("2[\"x\"]"));
}

TEST(PacketReader, RefusesTheWrongOrder) {
  PacketReader reader(2, 100);
  EXPECT_EQ(reader.on_binary("x").error(), Errc::malformed_packet);
  ASSERT_TRUE(reader.on_text("51-[\"x\"]"));
  EXPECT_EQ(reader.on_text("2[\"x\"]").error(), Errc::malformed_packet);
}

TEST(PacketReader, RefusesTooManyAndTooLarge) {
  PacketReader reader(2, 20);
  EXPECT_EQ(reader.on_text("53-[\"x\"]").error(), Errc::malformed_packet);
  ASSERT_TRUE(reader.on_text("52-[\"x\"]"));
  ASSERT_TRUE(reader.on_binary("0123456"));
  EXPECT_EQ(reader.on_binary("0123456").error(), Errc::payload_too_large);
}

TEST(PacketReader, StartsAfreshAfterAReset) {
  PacketReader reader(2, 20);
  ASSERT_TRUE(reader.on_text("51-[\"x\"]"));
  reader.reset();
  EXPECT_TRUE(reader.on_text("2[\"x\"]"));
}

}  // namespace
}  // namespace lectern::client
