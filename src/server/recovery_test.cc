#include "server/recovery.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace lectern::server {
namespace {

using std::chrono::milliseconds;
using namespace std::string_literals;

constexpr auto kPid = "AAAAAAAABBBBBBBBCCCC";

class RecoveryTest : public ::testing::Test {
 protected:
  void emit(const std::string& offset, std::vector<std::string> rooms, Selection to = {}) {
    auto delivery = std::make_shared<Delivery>();
    to.nsp = "/";
    to.rooms = std::move(rooms);
    delivery->to = to;
    delivery->packet.head = Frame::of_packet("42[\"" + offset + "\"]");
    delivery->offset = offset;
    recovery_.remember(delivery, now_);
  }
  void lose() { recovery_.keep(kPid, {{1, 2}, "id", "/", {"id", "red"}, nullptr, start_}, now_); }

  // The offsets of what a client gets when it comes back with this one; "refused".
  std::string come_back(const std::string& offset, std::string_view pid = kPid,
                        std::string_view nsp = "/") {
    auto socket = recovery_.take(pid, nsp, now_);
    const auto position = socket ? recovery_.locate(socket->start, offset) : std::nullopt;
    if (!position) return "refused";
    socket->start.position = *position;
    std::string offsets;
    const auto missed = recovery_.missed(*socket);
    for (const auto& delivery : *missed) offsets += delivery->offset + ' ';
    return offsets;
  }

  SteadyClock::time_point now_{};
  RecoveryStart start_;
  Recovery recovery_{milliseconds(1000), 100'000};
};

TEST_F(RecoveryTest, GivesWhatWasForTheSocketSinceItsOffset) {
  emit("1", {});
  emit("2", {"red"});
  emit("3", {"blue"});
  emit("4", {"blue", "red"});
  lose();
  emit("5", {"id"});
  emit("6", {});
  EXPECT_EQ(come_back("1"), "2 4 5 6 ");
}

TEST_F(RecoveryTest, LeavesOutWhatTheSocketWasExceptedFrom) {
  emit("1", {});
  emit("2", {}, {{}, {}, {"red"}, {}});
  emit("3", {}, {{}, {}, {}, {1, 2}});
  emit("4", {}, {{}, {}, {"blue"}, {1, 3}});
  lose();
  EXPECT_EQ(come_back("1"), "4 ");
}

TEST_F(RecoveryTest, WithoutAnOffsetStartsWhereTheSocketConnected) {
  emit("1", {});
  start_ = {"", recovery_.position()};
  emit("2", {});
  lose();
  EXPECT_EQ(come_back(""), "2 ");
}

TEST_F(RecoveryTest, KnowsTheOffsetWithWhichTheSocketCameFromElsewhere) {
  emit("1", {});
  start_ = {"from another shard", recovery_.position()};
  emit("2", {});
  lose();
  EXPECT_EQ(come_back("from another shard"), "2 ");
}

// Each packet beside each room would take minutes.
TEST_F(RecoveryTest, ManyRoomsAndManyPacketsCostTheirSum) {
  constexpr std::size_t kMany = 100'000;
  Recovery recovery(milliseconds(1000), kMany * 1000);
  const auto remember = [&](std::string room) {
    auto delivery = std::make_shared<Delivery>();
    delivery->to.nsp = "/";
    delivery->to.rooms = {std::move(room)};
    delivery->packet.head = Frame::of_packet("42[1]");
    recovery.remember(delivery, now_);
    return DeliveryPtr(delivery);
  };
  LostSocket lost{{1, 2}, "id", "/", {}, nullptr, {}};
  for (std::size_t i = 0; i < kMany; ++i) {
    lost.rooms.push_back("room " + std::to_string(i));
    remember("elsewhere");
  }
  const auto last = remember(lost.rooms.back());
  EXPECT_EQ(recovery.missed(lost), std::vector{last});
}

TEST_F(RecoveryTest, TakesAPrivateIdOnce) {
  emit("1", {});
  lose();
  EXPECT_EQ(come_back("1"), "");
  EXPECT_EQ(come_back("1"), "refused");
}

TEST_F(RecoveryTest, RefusesWhatIsForgedOrUnknown) {
  emit("1", {});
  lose();
  EXPECT_EQ(come_back("1", "AAAAAAAABBBBBBBBCCCD"), "refused");
  EXPECT_EQ(come_back("1", "AAAAAAAA"), "refused");
  EXPECT_EQ(come_back("1", ""), "refused");
  EXPECT_EQ(come_back("0-0"), "refused") << "no packet has that offset";
  lose();
  EXPECT_EQ(come_back("1", kPid, "/other"), "refused");
}

TEST_F(RecoveryTest, ForgetsAfterItsTime) {
  emit("1", {});
  lose();
  now_ += milliseconds(1000);
  EXPECT_EQ(come_back("1"), "");
  lose();
  now_ += milliseconds(1001);
  EXPECT_EQ(come_back("1"), "refused");
}

TEST_F(RecoveryTest, RefusesWhenAPacketIsForgotten) {
  start_ = {"", recovery_.position()};
  emit("1", {});
  now_ += milliseconds(600);
  lose();
  now_ += milliseconds(600);
  emit("2", {});
  EXPECT_EQ(come_back(""), "refused");
}

TEST_F(RecoveryTest, HoldsNoMoreThanItsBytes) {
  const std::string large(1000, 'x');
  for (int i = 0; i < 1000; ++i) emit(std::to_string(i) + large, {});
  lose();
  EXPECT_EQ(come_back("0" + large), "refused");
  for (int i = 0; i < 1000; ++i)
    recovery_.keep(std::to_string(10'000'000 + i) + "secret",
                   {{1, 2}, "id", "/", std::vector<std::string>(100, large), nullptr, {}}, now_);
  EXPECT_EQ(come_back("", "10000000secret"), "refused");
}

}  // namespace
}  // namespace lectern::server
