// Two shards, a log that refuses at random, clients whose kernel buffers are tiny and who look
// away, lost connections and crashes. What must hold at the end: every acknowledged message is in
// the log under the seq that its sender was told, no refused one is, the log has no gap, and every
// member saw 1…n once and in order. LECTERN_SEED repeats a run.

#include <gtest/gtest.h>
#include <poll.h>

#include <chrono>
#include <cstdlib>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "classroom/history.h"
#include "classroom_node.h"
#include "failing_log.h"
#include "member.h"

namespace lectern::property {
namespace {

using std::chrono::steady_clock;

constexpr int kRooms = 3;
constexpr int kMembersPerRoom = 10;
constexpr int kMessagesPerMember = 30;
constexpr std::chrono::seconds kPatience{120};

unsigned chosen_seed() {
  const char* given = std::getenv("LECTERN_SEED");
  return given ? static_cast<unsigned>(std::strtoul(given, nullptr, 10)) : std::random_device()();
}

class ClassroomProperty : public testing::Test {
 protected:
  ClassroomProperty() : seed_(chosen_seed()), random_(seed_), log_(seed_, /*one_in=*/12) {
    RecordProperty("seed", std::to_string(seed_));
  }

  void open_rooms() {
    node_ = std::make_unique<ClassroomNode>(log_);
    for (int room = 0; room < kRooms; ++room) {
      std::optional<std::string> id;
      for (int attempt = 0; attempt < 20 && !id; ++attempt) id = create_room(node_->port());
      ASSERT_TRUE(id.has_value());
      rooms_.push_back(*id);
      for (int number = 0; number < kMembersPerRoom; ++number) {
        members_.push_back(
            std::make_unique<Member>("r" + std::to_string(room) + "m" + std::to_string(number), *id,
                                     kMessagesPerMember, static_cast<unsigned>(random_())));
      }
    }
  }

  // The process is gone: what the log had not answered yet, nobody hears of.
  void crash() {
    node_->stop();
    log_.drain();
    node_.reset();
    node_ = std::make_unique<ClassroomNode>(log_);
    for (auto& member : members_) member->lose_connection();
  }

  void turn() {
    std::vector<pollfd> waiting;
    for (const auto& member : members_) waiting.push_back({member->descriptor(), POLLIN, 0});
    ::poll(waiting.data(), waiting.size(), 5);
    for (std::size_t index = 0; index < members_.size(); ++index) {
      members_[index]->turn(node_->port(), waiting[index].revents != 0);
    }
    if (++turns_ % 50 == 0) shrink_send_buffers(node_->port());
  }

  std::size_t answered() const {
    std::size_t count = 0;
    for (const auto& member : members_) {
      count += member->acknowledged().size() + member->refused().size();
    }
    return count;
  }

  template <class Condition>
  bool turn_until(Condition holds) {
    const auto end = steady_clock::now() + kPatience;
    while (!holds()) {
      if (steady_clock::now() > end) return false;
      turn();
    }
    return true;
  }

  // Messages of each room by seq, as the log holds them.
  std::map<std::string, std::vector<classroom::Message>> messages() {
    std::map<std::string, std::vector<classroom::Message>> by_room;
    log_.read_all(0, [&](const events::DomainEvent& event) {
      if (auto message = classroom::message_of(event)) {
        by_room[event.aggregate.to_string()].push_back(std::move(*message));
      }
      return true;
    });
    return by_room;
  }

  // Member `index` belongs to room index / kMembersPerRoom.
  const std::string& room_of(std::size_t index) const { return rooms_[index / kMembersPerRoom]; }

  unsigned seed_;
  std::mt19937 random_;
  FailingLog log_;
  std::unique_ptr<ClassroomNode> node_;
  std::vector<std::string> rooms_;
  std::vector<std::unique_ptr<Member>> members_;
  int turns_ = 0;
};

TEST_F(ClassroomProperty, NothingAcknowledgedIsLostAndNothingComesTwiceOrOutOfOrder) {
  SCOPED_TRACE("LECTERN_SEED=" + std::to_string(seed_));
  open_rooms();
  constexpr std::size_t kTotal = std::size_t{kRooms} * kMembersPerRoom * kMessagesPerMember;
  std::size_t next_crash = kTotal / 5;
  ASSERT_TRUE(turn_until([&] {
    if (random_() % 40 == 0) members_[random_() % members_.size()]->lose_connection();
    if (answered() >= next_crash && next_crash < kTotal) {
      next_crash += kTotal / 5;
      crash();
    }
    return answered() == kTotal;
  })) << answered()
      << " of " << kTotal << " messages have an answer";

  log_.drain();
  auto by_room = messages();
  ASSERT_TRUE(turn_until([&] {
    for (std::size_t index = 0; index < members_.size(); ++index) {
      if (members_[index]->seen().size() < by_room[room_of(index)].size()) return false;
    }
    return true;
  })) << "some member never saw the last message";

  for (const auto& [room, messages] : by_room) {
    std::set<std::string> contents;
    for (std::size_t index = 0; index < messages.size(); ++index) {
      ASSERT_EQ(messages[index].seq, index + 1) << room;
      EXPECT_TRUE(contents.insert(messages[index].content).second) << "twice in the log";
    }
  }
  for (std::size_t index = 0; index < members_.size(); ++index) {
    const auto& member = *members_[index];
    const auto& messages = by_room[room_of(index)];
    for (const auto& complaint : member.complaints()) ADD_FAILURE() << complaint;
    ASSERT_EQ(member.seen().size(), messages.size());
    for (std::size_t seq = 1; seq <= messages.size(); ++seq) {
      ASSERT_EQ(member.seen()[seq - 1], seq) << "member " << index;
    }
    for (const auto& acknowledged : member.acknowledged()) {
      ASSERT_GE(acknowledged.seq, 1U);
      ASSERT_LE(acknowledged.seq, messages.size());
      EXPECT_EQ(messages[acknowledged.seq - 1].content, acknowledged.content);
      EXPECT_EQ(messages[acknowledged.seq - 1].message_id.to_string(), acknowledged.message_id);
    }
    for (const auto& refused : member.refused()) {
      for (const auto& message : messages) ASSERT_NE(message.content, refused);
    }
  }
  EXPECT_GT(log_.refused(), 0U);
  node_->stop();
  log_.drain();
}

}  // namespace
}  // namespace lectern::property
