#include <gtest/gtest.h>

#include "classroom/room.h"
#include "classroom/room_script.h"

namespace lectern::classroom {
namespace {

using Moderation = gate::ChatModerate::Action;

constexpr std::string_view kDenied = "Insufficient permissions for moderation";

void make_co_hosts(RoomScript& script, std::vector<std::string> user_ids) {
  gate::RoomConfigure change;
  change.co_hosts = std::move(user_ids);
  script.by(teacher()).configure(change);
}

TEST(Moderation, IsForHostsAlone_D52) {
  RoomScript script;
  make_co_hosts(script, {"co"});
  script.by(student("ann")).moderate(Moderation::mute, "ben").expect_refused("FORBIDDEN", kDenied);
  script.by({"other-teacher", "Mr Else", false, true});
  script.moderate(Moderation::mute, "ben").expect_refused("FORBIDDEN", kDenied);
  script.by(student("co")).moderate(Moderation::mute, "ben").expect_accepted();
  script.by(admin()).moderate(Moderation::kick, "ben").expect_accepted();
}

// D52: the guard looked at a role that nobody supplied, and let everything pass.
TEST(Moderation, DeniesAnUnknownTarget_D52) {
  RoomScript script;
  gate::ChatModerate wanted;
  wanted.action = Moderation::ban;
  wanted.target_user = "stranger";
  script.by(teacher()).run(Moderate{wanted, Target{}}).expect_refused("FORBIDDEN", kDenied);
}

TEST(Moderation, SparesAdministratorsAndTheCreator) {
  RoomScript script;
  make_co_hosts(script, {"co", "co2"});
  script.by(teacher()).moderate(Moderation::mute, "root", {}, true);
  script.expect_refused("FORBIDDEN", kDenied);
  script.moderate(Moderation::kick, "tea").expect_refused("FORBIDDEN", kDenied);
  script.by(student("co")).moderate(Moderation::kick, "tea").expect_refused("FORBIDDEN", kDenied);
  script.moderate(Moderation::kick, "co2").expect_refused("FORBIDDEN", kDenied);
  script.by(teacher()).moderate(Moderation::kick, "co2").expect_accepted();
  script.by(admin()).moderate(Moderation::kick, "tea").expect_accepted();
}

// D54: mutes had no effect.
TEST(Moderation, MutesUntilTheTimeIsOver_D54) {
  RoomScript script;
  script.by(teacher()).moderate(Moderation::mute, "ann", 60'000);
  script.expect_reply(
      R"({"roomId":"3b241101-e2bb-4255-8caf-4136c566a962","action":"mute","targetUserId":"ann","expiresAt":1764000060000})");
  script.after(59'999).by(student("ann")).post("psst").expect_refused("MUTED");
  EXPECT_EQ(script.last.failure->extra.at("expiresAt").as_int64(), kNoon + 60'000);
  script.after(1).post("hello").expect_accepted();
}

TEST(Moderation, MutesUntilLiftedWithoutADuration_D54) {
  RoomScript script;
  script.by(teacher()).moderate(Moderation::mute, "ann");
  script.after(86'400'000).by(student("ann")).post("psst").expect_refused("MUTED");
  EXPECT_TRUE(script.last.failure->extra.empty());
  script.by(teacher()).moderate(Moderation::unmute, "ann").expect_events({"chat:moderated"});
  script.by(student("ann")).post("hello").expect_accepted();
}

TEST(Moderation, KicksOutWhoMayComeBack) {
  RoomScript script;
  script.by(teacher()).moderate(Moderation::kick, "ann");
  script.expect_effects(
      {R"(room chat:moderated {"roomId":"3b241101-e2bb-4255-8caf-4136c566a962","action":"kick","by":"tea","timestamp":1764000000000,"targetUserId":"ann","targetUsername":"Student"})",
       "leave ann"});
  EXPECT_FALSE(may_join(script.state, {{"ann", "Ann", false, false}, {}, 1, kNoon}));
}

// D54: kicked and banned users came back.
TEST(Moderation, BansFromComingBackAndFromPosting_D54) {
  RoomScript script;
  script.by(teacher()).moderate(Moderation::ban, "ann", 1000);
  EXPECT_EQ(lines_of(script.last).back(), "leave ann");
  const auto failure = may_join(script.state, {{"ann", "Ann", false, false}, {}, 1, kNoon + 999});
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->type, "BANNED");
  EXPECT_EQ(failure->extra.at("expiresAt").as_int64(), kNoon + 1000);
  script.after(999).by(student("ann")).post("still here").expect_refused("BANNED");
  EXPECT_FALSE(may_join(script.state, {{"ann", "Ann", false, false}, {}, 1, kNoon + 1000}));
}

TEST(Moderation, LiftsABanOfSomebodyWhoIsNoLongerKnown) {
  RoomScript script;
  script.by(teacher()).moderate(Moderation::ban, "guest");
  gate::ChatModerate lift;
  lift.action = Moderation::unban;
  lift.target_user = "guest";
  script.run(Moderate{lift, Target{}}).expect_events({"chat:moderated"});
  EXPECT_FALSE(may_join(script.state, {{"guest", "G", false, false}, kRoom, 1, kNoon}));
}

TEST(Moderation, DoesNothingTwice) {
  RoomScript script;
  script.by(student("ann")).post("oops").by(teacher());
  script.moderate(Moderation::unmute, "ann").expect_accepted().expect_events({});
  script.moderate(Moderation::unban, "ann").expect_accepted().expect_events({});
  script.remove(numbered(1)).expect_events({"chat:moderated"});
  script.remove(numbered(1)).expect_accepted().expect_events({}).expect_effects({});
}

TEST(Moderation, DeletesAMessageForEverybody) {
  RoomScript script;
  script.by(student("ann")).post("oops");
  script.by(student("ben")).remove(numbered(1)).expect_refused("FORBIDDEN", kDenied);
  script.by(teacher())
      .remove(numbered(1))
      .expect_effects(
          {R"(room chat:moderated {"roomId":"3b241101-e2bb-4255-8caf-4136c566a962","action":"delete","by":"tea","timestamp":1764000000000,"messageId":"00000000-0000-4000-8000-000000000001","seq":1})"});
  EXPECT_EQ(script.state.deleted.count(numbered(1)), 1U);
  script.remove(numbered(77)).expect_refused("NOT_FOUND");
}

TEST(Moderation, ForgetsSanctionsThatRanOut) {
  RoomScript script;
  script.by(teacher()).moderate(Moderation::mute, "ann", 1000);
  script.after(2000).moderate(Moderation::mute, "ben", 1000);
  EXPECT_EQ(script.state.muted.count("ann"), 0U);
  EXPECT_EQ(script.state.muted.count("ben"), 1U);
}

}  // namespace
}  // namespace lectern::classroom
