#include "engine/session.h"

#include <gtest/gtest.h>

namespace lectern::engine {
namespace {

using Kind = Action::Kind;

TEST(Session, DeliversMessagesAndNothingElse) {
  Session session(Transport::polling);
  const auto action = session.on_packet({'4', "hello"});
  EXPECT_EQ(action.kind, Kind::deliver);
  EXPECT_EQ(action.message, "hello");
  EXPECT_EQ(session.on_packet({'3', ""}).kind, Kind::nothing);
  EXPECT_EQ(session.on_packet({'6', ""}).kind, Kind::nothing);
}

TEST(Session, ClosesWhenThePeerSaysSo) {
  EXPECT_EQ(Session(Transport::websocket).on_packet({'1', ""}).kind, Kind::close);
}

TEST(Session, FailsOnWhatNoClientOfVersionFourSends) {
  for (const char type : {'0', '2', '5'}) {
    const auto action = Session(Transport::polling).on_packet({type, ""});
    EXPECT_EQ(action.kind, Kind::fail);
    EXPECT_EQ(action.error, Errc::malformed_packet);
  }
}

TEST(Session, DeliversBinaryMessagesOfAPayload) {
  const auto action = Session(Transport::polling).on_packet({'b', "AQID"});
  EXPECT_EQ(action.kind, Kind::deliver_base64);
  EXPECT_EQ(action.message, "AQID");
}

TEST(Session, OfVersionThreeAnswersPingsAndKnowsNoPongs) {
  Session session(Transport::polling, Version::v3);
  const auto action = session.on_packet({'2', "data"});
  EXPECT_EQ(action.kind, Kind::pong);
  EXPECT_EQ(action.message, "data");
  EXPECT_EQ(session.on_packet({'3', ""}).error, Errc::malformed_packet);
}

// D2: any received packet is activity.
TEST(Session, AnyPacketAfterAPingKeepsItAlive) {
  Session session(Transport::websocket);
  EXPECT_EQ(session.on_ping_due().kind, Kind::ping);
  session.on_packet({'4', "busy"});
  EXPECT_EQ(session.on_pong_due().kind, Kind::nothing);
}

TEST(Session, FailsWhenNothingFollowsAPing) {
  Session session(Transport::websocket);
  session.on_ping_due();
  EXPECT_EQ(session.on_pong_due().error, Errc::ping_timeout);
}

TEST(Session, UpgradesAfterAProbe) {
  Session session(Transport::polling);
  EXPECT_EQ(session.on_candidate_packet({'2', "probe"}).kind, Kind::probe_pong);
  EXPECT_TRUE(session.upgrading());
  EXPECT_EQ(session.on_candidate_packet({'5', ""}).kind, Kind::upgrade);
  EXPECT_EQ(session.transport(), Transport::websocket);
  EXPECT_EQ(session.on_candidate_packet({'2', "probe"}).kind, Kind::drop_candidate)
      << "a second upgrade";
}

TEST(Session, DropsACandidateThatSkipsTheProbe) {
  Session session(Transport::polling);
  EXPECT_EQ(session.on_candidate_packet({'5', ""}).kind, Kind::drop_candidate);
  EXPECT_EQ(session.on_candidate_packet({'2', "other"}).kind, Kind::drop_candidate);
  EXPECT_EQ(session.on_candidate_packet({'4', "early"}).kind, Kind::drop_candidate);
  EXPECT_EQ(session.transport(), Transport::polling);
}

}  // namespace
}  // namespace lectern::engine
