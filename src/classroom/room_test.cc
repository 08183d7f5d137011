#include "classroom/room.h"

#include <gtest/gtest.h>

#include "classroom/room_script.h"

namespace lectern::classroom {
namespace {

using Moderation = gate::ChatModerate::Action;

gate::RoomConfigure with_co_hosts(std::vector<std::string> user_ids) {
  gate::RoomConfigure change;
  change.co_hosts = std::move(user_ids);
  return change;
}

gate::RoomConfigure as_private() {
  gate::RoomConfigure change;
  change.options.is_private = true;
  return change;
}

std::string refusal(const RoomScript& script, const Joining& joining) {
  const auto failure = may_join(script.state, joining);
  return failure ? failure->type : "welcome";
}

TEST(Room, IsCreatedOnce) {
  RoomScript script;
  script.expect_reply(R"({"roomId":"3b241101-e2bb-4255-8caf-4136c566a962","joinCode":"K7QM2X"})")
      .expect_events({"room:created"});
  EXPECT_EQ(
      boost::json::serialize(describe(script.state, true)),
      R"({"roomId":"3b241101-e2bb-4255-8caf-4136c566a962","name":"Algebra 1","kind":"lecture","private":false,"closed":false,"creator":{"userId":"tea","username":"Ms Tea"},"coHosts":[],"createdAt":1764000000000,"joinCode":"K7QM2X"})");
  script.create({"Again", "lecture", {}}).expect_refused("CONFLICT");
}

TEST(Room, TakesNoCommandBeforeItExists) {
  const RoomState nothing;
  const auto decision = decide(nothing, {admin(), kNoon, numbered(1), CloseRoom{}});
  EXPECT_EQ(decision.failure->type, "NOT_FOUND");
  EXPECT_FALSE(is_host(nothing, admin()));
}

TEST(Room, NumbersMessagesFromOneWithoutGaps) {
  RoomScript script;
  script.by(student("ann")).post("one").by(student("ben")).post("two");
  script.expect_reply(
      R"({"messageId":"00000000-0000-4000-8000-000000000002","seq":2,"timestamp":1764000000000})");
  script.by({"eve", "Eve", false, false}).post("refused").expect_refused("NOT_A_MEMBER");
  script.by(student("ann")).post("three");
  EXPECT_EQ(script.last.reply.at("seq").as_uint64(), 3U);
}

TEST(Room, BroadcastsExactlyTheFieldsOfTheContract) {
  RoomScript script;
  gate::ChatMessage message;
  message.room = kRoom;
  message.content = "https://x.example/a.png";
  message.type = gate::ContentType::image;
  message.reply_to = numbered(9);
  message.mentions = {"Ben"};
  message.client_id = "tab-1";
  script.by(student("ann")).run(PostMessage{message, numbered(7)});
  script.expect_events({"chat:message_posted"})
      .expect_effects(
          {R"(room chat:message {"messageId":"00000000-0000-4000-8000-000000000007","seq":1,"roomId":"3b241101-e2bb-4255-8caf-4136c566a962","userId":"ann","username":"Student ann","content":"https://x.example/a.png","type":"image","metadata":{"replyTo":"00000000-0000-4000-8000-000000000009","mentions":["Ben"]},"timestamp":1764000000000})"});
}

// D51: whoever knew a room's id could write into it.
TEST(Room, RefusesMessagesOfNonMembers_D51) {
  RoomScript script;
  script.by({"ann", "Ann", false, false}).post("hi").expect_refused("NOT_A_MEMBER");
  script.by({"root", "Root", true, false}).post("hi").expect_refused("NOT_A_MEMBER");
}

TEST(Room, AnswersARepeatedClientIdAsTheFirstTime) {
  RoomScript script;
  script.by(student("ann")).post("hello", "c1");
  const auto first = boost::json::serialize(script.last.reply);
  EXPECT_EQ(script.last.idempotency_key, "post:3:annc1");
  script.after(5000).post("hello", "c1").expect_reply(first).expect_events({}).expect_effects({});
  script.post("something else", "c1").expect_reply(first);
  EXPECT_EQ(script.state.last_seq, 1U);
  script.by(student("ben")).post("mine", "c1").expect_events({"chat:message_posted"});
}

TEST(Room, AnswersARepeatedClientIdWhateverHappenedSince) {
  RoomScript script;
  script.by(student("ann")).post("hello", "c1");
  const auto first = boost::json::serialize(script.last.reply);
  script.by(teacher()).moderate(Moderation::mute, "ann").close();
  script.by({"ann", "Ann", false, false}).post("hello", "c1").expect_reply(first);
  script.post("hello", "c2").expect_refused("ROOM_CLOSED");
}

TEST(Room, TellsTheReplyOfAnEventInTheLog) {
  RoomScript script;
  script.by(student("ann")).post("hello", "c1");
  EXPECT_EQ(
      boost::json::serialize(*post_reply(script.log.back())),
      R"({"messageId":"00000000-0000-4000-8000-000000000001","seq":1,"timestamp":1764000000000})");
  EXPECT_FALSE(post_reply(script.log.front()));
}

TEST(Room, IsConfiguredByItsHostsAlone_D52) {
  RoomScript script;
  script.by(student("ann"))
      .configure(as_private())
      .expect_refused("FORBIDDEN", "Insufficient permissions");
  script.by(teacher()).configure(with_co_hosts({"ann"})).expect_events({"room:configured"});
  script.by(student("ann")).configure(as_private()).expect_accepted();
  script.by(teacher()).configure(with_co_hosts({})).expect_accepted();
  script.by(student("ann")).configure(as_private()).expect_refused("FORBIDDEN");
  script.by(admin()).configure(with_co_hosts({"ben"})).expect_accepted();
  EXPECT_TRUE(script.state.is_private);
  EXPECT_EQ(script.state.co_hosts, (std::vector<std::string>{"ben"}));
}

TEST(Room, KeepsWhatAConfigurationDoesNotName) {
  RoomScript script;
  gate::RoomConfigure change;
  change.name = "Algebra 2";
  change.options.max_members = 30;
  script.configure(change).expect_accepted();
  script.configure(change).expect_accepted().expect_events({});
  EXPECT_EQ(script.state.name, "Algebra 2");
  EXPECT_EQ(script.state.max_members, 30U);
  EXPECT_EQ(script.state.kind, "lecture");
  EXPECT_FALSE(script.state.is_private);
}

TEST(Room, DoesNotTellTheJoinCodeOfAPrivateRoomToEverybody) {
  RoomScript script;
  script.configure(as_private());
  EXPECT_FALSE(describe(script.state, false).contains("joinCode"));
  EXPECT_TRUE(describe(script.state, true).contains("joinCode"));
  EXPECT_EQ(lines_of(script.last)[0].find("K7QM2X"), std::string::npos);
}

TEST(Room, ClosesOnce) {
  RoomScript script;
  script.by(student("ann")).close().expect_refused("FORBIDDEN");
  script.by(teacher()).close().expect_effects(
      {R"(room room:closed {"roomId":"3b241101-e2bb-4255-8caf-4136c566a962","timestamp":1764000000000})"});
  script.close()
      .expect_reply(R"({"roomId":"3b241101-e2bb-4255-8caf-4136c566a962"})")
      .expect_events({});
  script.post("late").expect_refused("ROOM_CLOSED");
  script.configure(as_private()).expect_refused("ROOM_CLOSED");
}

TEST(Joining, IsFreeForWhoeverKnowsTheRoom) {
  const RoomScript script;
  EXPECT_EQ(refusal(script, {student("ann"), {}, 0, kNoon}), "welcome");
  EXPECT_EQ(may_join(RoomState{}, {student("ann"), {}, 0, kNoon})->type, "NOT_FOUND");
}

TEST(Joining, IsForGuestsInTheRoomOfTheirInvitationOnly) {
  RoomScript script;
  const Actor guest{"g1", "Guest", false, false};
  EXPECT_EQ(refusal(script, {guest, kRoom, 0, kNoon}), "welcome");
  EXPECT_EQ(refusal(script, {guest, numbered(1), 0, kNoon}), "FORBIDDEN");
  script.configure(as_private());
  EXPECT_EQ(refusal(script, {guest, kRoom, 0, kNoon}), "welcome");
}

TEST(Joining, IsForHostsAndInvitedGuestsInAPrivateRoom) {
  RoomScript script;
  script.configure(as_private());
  const Actor outsider{"ann", "Ann", false, false};
  EXPECT_EQ(refusal(script, {outsider, {}, 0, kNoon}), "FORBIDDEN");
  EXPECT_EQ(refusal(script, {{"tea", "Ms Tea", false, false}, {}, 0, kNoon}), "welcome");
  EXPECT_EQ(refusal(script, {{"root", "Root", true, false}, {}, 0, kNoon}), "welcome");
  script.configure(with_co_hosts({"ann"}));
  EXPECT_EQ(refusal(script, {outsider, {}, 0, kNoon}), "welcome");
}

TEST(Joining, EndsWhereTheRoomIsFull) {
  RoomScript script;
  gate::RoomConfigure change;
  change.options.max_members = 2;
  script.configure(change);
  const Actor outsider{"ann", "Ann", false, false};
  EXPECT_EQ(refusal(script, {outsider, {}, 1, kNoon}), "welcome");
  EXPECT_EQ(refusal(script, {outsider, {}, 2, kNoon}), "FORBIDDEN");
  EXPECT_EQ(refusal(script, {student("ann"), {}, 2, kNoon}), "welcome");
  EXPECT_EQ(refusal(script, {{"tea", "Ms Tea", false, false}, {}, 2, kNoon}), "welcome");
}

TEST(Joining, IsForHostsAloneInAClosedRoom) {
  RoomScript script;
  script.close();
  EXPECT_EQ(refusal(script, {student("ann"), {}, 0, kNoon}), "ROOM_CLOSED");
  EXPECT_EQ(refusal(script, {teacher(), {}, 0, kNoon}), "welcome");
}

// D94, E1: the state is what its log says.
TEST(Room, IsTheSameAfterAReplay_D94) {
  RoomScript script;
  script.by(student("ann")).post("one", "c1").by(teacher());
  script.moderate(Moderation::mute, "ann", 60'000).moderate(Moderation::ban, "ben");
  script.configure(with_co_hosts({"cy"})).remove(numbered(1));
  RoomState replayed;
  for (const auto& event : script.log) EXPECT_TRUE(evolve(replayed, event));
  EXPECT_EQ(fingerprint(replayed), fingerprint(script.state));
  EXPECT_EQ(replayed.posts.find(client_key("ann", "c1"))->seq, 1U);
}

TEST(Room, RefusesADamagedLog) {
  RoomScript script;
  script.post("one");
  auto gap = script.log.back();
  gap.version += 2;
  EXPECT_FALSE(evolve(script.state, gap));
  for (const std::string type :
       {"room:created", "room:configured", "chat:message_posted", "chat:moderated"}) {
    for (const std::string payload :
         {"", "{", "7", "[]", "{\"seq\":9,\"name\":9}", "{\"name\":7,\"roomId\":\"x\"}",
          "{\"coHosts\":[1],\"action\":\"mute\"}", "{\"maxMembers\":-1,\"action\":\"fly\"}"}) {
      RoomState state = script.state;
      EXPECT_FALSE(evolve(state, events::NewEvent{numbered(1), type, payload, kNoon}))
          << type << payload;
    }
  }
  RoomState nothing;
  EXPECT_FALSE(evolve(nothing, events::NewEvent{numbered(1), "room:closed", "{}", kNoon}));
}

TEST(Room, CountsEventsThatItDoesNotKnow) {
  RoomScript script;
  EXPECT_TRUE(evolve(script.state, events::NewEvent{numbered(1), "own:event", "{}", kNoon}));
  EXPECT_EQ(script.state.version, 2U);
}

}  // namespace
}  // namespace lectern::classroom
