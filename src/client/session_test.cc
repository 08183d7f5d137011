#include "client/session.h"

#include <gtest/gtest.h>

namespace lectern::client {
namespace {

using engine::Transport;
using std::chrono::milliseconds;
using Kind = Action::Kind;

const SteadyClock::time_point kStart{};
constexpr auto* kOpen =
    R"({"sid":"lv_VI97HAXpY6yYWAAAC","upgrades":["websocket"],"pingInterval":100,)"
    R"("pingTimeout":50,"maxPayload":1000})";

Session opened(Transport transport = Transport::polling, bool upgrade = true) {
  Session session(transport, upgrade, kStart);
  EXPECT_EQ(session.on_packet({'0', kOpen}, kStart).kind, Kind::opened);
  return session;
}

TEST(ParseOpen, ReadsTheParameters) {
  const auto parameters = parse_open(kOpen);
  ASSERT_TRUE(parameters);
  EXPECT_EQ(parameters->sid, "lv_VI97HAXpY6yYWAAAC");
  EXPECT_TRUE(parameters->may_upgrade);
  EXPECT_EQ(parameters->ping_interval, milliseconds(100));
  EXPECT_EQ(parameters->ping_timeout, milliseconds(50));
  EXPECT_EQ(parameters->max_payload, 1000U);
}

TEST(ParseOpen, TakesAServerWithoutUpgradesAndLimits) {
  const auto parameters = parse_open(R"({"sid":"a","pingInterval":1,"pingTimeout":1,"new":[]})");
  ASSERT_TRUE(parameters);
  EXPECT_FALSE(parameters->may_upgrade);
  EXPECT_EQ(parameters->max_payload, 0U);
}

TEST(ParseOpen, RefusesWhatIsNone) {
  for (const auto* text : {"", "[]", "{}", R"({"sid":"","pingInterval":1,"pingTimeout":1})",
                           R"({"sid":"a&b","pingInterval":1,"pingTimeout":1})",
                           R"({"sid":1,"pingInterval":1,"pingTimeout":1})",
                           R"({"sid":"a","pingInterval":0,"pingTimeout":1})",
                           R"({"sid":"a","pingInterval":1,"pingTimeout":-1})",
                           R"({"sid":"a","pingInterval":1,"pingTimeout":9223372036854775807})",
                           R"({"sid":"a","pingInterval":"1","pingTimeout":1})"})
    EXPECT_EQ(parse_open(text).error(), Errc::malformed_packet) << text;
}

TEST(Session, StartsWithTheOpenPacketAlone) {
  Session session(Transport::polling, true, kStart);
  EXPECT_EQ(session.on_packet({'4', "x"}, kStart).kind, Kind::fail);
  EXPECT_FALSE(session.open());
}

TEST(Session, AnswersPingsAndDeliversMessages) {
  Session session = opened();
  EXPECT_EQ(session.on_packet({'2', ""}, kStart).kind, Kind::pong);
  EXPECT_EQ(session.on_packet({'4', "x"}, kStart).kind, Kind::deliver);
  EXPECT_EQ(session.on_packet({'b', "x"}, kStart).kind, Kind::deliver);
  EXPECT_EQ(session.on_packet({'6', ""}, kStart).kind, Kind::nothing);
  EXPECT_EQ(session.on_packet({'1', ""}, kStart).kind, Kind::close);
  EXPECT_EQ(session.on_packet({'0', kOpen}, kStart).kind, Kind::fail);
  EXPECT_EQ(session.on_packet({'5', ""}, kStart).kind, Kind::fail);
}

TEST(Session, UpgradesWhenTheProbeIsAnsweredAndPollingRests) {
  Session session = opened();
  EXPECT_TRUE(session.wants_upgrade());
  EXPECT_EQ(session.on_candidate_packet({'3', "probe"}, kStart).kind, Kind::pause);
  EXPECT_EQ(session.transport(), Transport::polling);
  EXPECT_EQ(session.on_packet({'6', ""}, kStart).kind, Kind::nothing);
  session.on_paused();
  EXPECT_EQ(session.transport(), Transport::websocket);
  EXPECT_FALSE(session.wants_upgrade());
}

TEST(Session, GoesOnWithoutACandidateThatAnswersWrongly) {
  Session session = opened();
  EXPECT_EQ(session.on_candidate_packet({'3', ""}, kStart).kind, Kind::drop_candidate);
  EXPECT_EQ(session.on_candidate_packet({'4', "x"}, kStart).kind, Kind::drop_candidate);
  EXPECT_EQ(session.on_candidate_packet({'3', "probe"}, kStart).kind, Kind::pause);
  session.on_candidate_gone();
  EXPECT_FALSE(session.pausing());
  EXPECT_EQ(session.on_packet({'4', "x"}, kStart).kind, Kind::deliver);
}

TEST(Session, WantsNoUpgradeUnlessBothDo) {
  EXPECT_FALSE(opened(Transport::polling, /*upgrade=*/false).wants_upgrade());
  EXPECT_FALSE(opened(Transport::websocket).wants_upgrade());
  Session session(Transport::polling, true, kStart);
  session.on_packet({'0', R"({"sid":"a","upgrades":[],"pingInterval":1,"pingTimeout":1})"}, kStart);
  EXPECT_FALSE(session.wants_upgrade());
}

TEST(Session, FailsWhenTheServerIsSilentForIntervalAndTimeout) {
  Session session = opened();
  EXPECT_EQ(session.on_time(kStart + milliseconds(149)).kind, Kind::nothing);
  session.on_packet({'2', ""}, kStart + milliseconds(100));
  EXPECT_EQ(session.silent_at(), kStart + milliseconds(250));
  EXPECT_EQ(session.on_time(kStart + milliseconds(249)).kind, Kind::nothing);
  EXPECT_EQ(session.on_time(kStart + milliseconds(250)).error, Errc::ping_timeout);
}

}  // namespace
}  // namespace lectern::client
