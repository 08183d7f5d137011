#include "app/old_messages.h"

#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

#include "events/memory_log.h"

namespace lectern::app {
namespace {

class OldMessagesTest : public ::testing::Test {
 protected:
  OldMessagesTest() {
    append("room:created", "{}");
    for (std::uint64_t seq = 1; seq <= 20; ++seq) {
      post(seq);
      if (seq % 3 == 0) append("chat:moderated", "{}");
    }
  }

  void append(std::string type, std::string payload) {
    log_.append({room_, {}, {{Uuid::random(), std::move(type), std::move(payload), 0}}, ""},
                [](events::AppendResult) {});
  }

  void post(std::uint64_t seq) {
    classroom::Message message;
    message.message_id = Uuid::random();
    message.seq = seq;
    message.room = room_;
    message.user_id = "u1";
    message.username = "Ann";
    message.content = "m" + std::to_string(seq);
    append("chat:message_posted", boost::json::serialize(message.to_json()));
    ids_.push_back(message.message_id);
  }

  std::string read(classroom::HistoryQuery query) {
    const auto page = read_old_messages(log_, room_, query, 20);
    std::string text;
    for (const auto& message : page.messages) text += std::to_string(message.seq) + ' ';
    return text + (page.has_more ? "more" : "end");
  }

  const Uuid room_ = Uuid::random();
  events::MemoryLog log_;
  std::vector<Uuid> ids_;
};

// D94: what the ring has forgotten, the log still tells.
TEST_F(OldMessagesTest, ReadsBackwards) {
  EXPECT_EQ(read({{}, {}, 3}), "18 19 20 more");
  EXPECT_EQ(read({6, {}, 3}), "3 4 5 more");
  EXPECT_EQ(read({4, {}, 3}), "1 2 3 end");
  EXPECT_EQ(read({1, {}, 3}), "end");
  EXPECT_EQ(read({0, {}, 3}), "end");
}

TEST_F(OldMessagesTest, ReadsForwards) {
  EXPECT_EQ(read({{}, 0, 3}), "1 2 3 more");
  EXPECT_EQ(read({{}, 17, 3}), "18 19 20 end");
  EXPECT_EQ(read({{}, 20, 3}), "end");
  EXPECT_EQ(read({9, 5, 10}), "6 7 8 end");
  EXPECT_EQ(read({9, 5, 2}), "6 7 more");
}

TEST_F(OldMessagesTest, ShowsDeletedOnesWithoutTheirContent) {
  auto page = read_old_messages(log_, room_, {3, {}, 2}, 20);
  const auto json = page.to_json({ids_[1]});
  const auto& messages = json.at("messages").as_array();
  EXPECT_EQ(messages[0].at("content"), "m1");
  EXPECT_EQ(messages[1].at("content"), "");
  EXPECT_EQ(messages[1].at("deleted"), true);
}

}  // namespace
}  // namespace lectern::app
