#include "app/aggregate.h"

#include <gtest/gtest.h>

namespace lectern::app {
namespace {

// A list of what happened; refuses gaps as the real states do.
struct Diary {
  std::uint64_t version = 0;
  std::string text;
};
bool evolve(Diary& diary, const events::NewEvent& event) {
  ++diary.version;
  diary.text += event.type;
  return event.type != "broken";
}
bool evolve(Diary& diary, const events::DomainEvent& event) {
  if (event.version != diary.version + 1) return false;
  return evolve(diary, events::NewEvent{event.id, event.type, event.payload, event.timestamp});
}

Pending decided(std::initializer_list<const char*> types) {
  Pending pending;
  for (const auto* type : types) pending.events.push_back({Uuid::random(), type, "{}", 0});
  return pending;
}

events::AppendResult written(std::uint64_t version) { return {std::nullopt, version, false}; }
events::AppendResult refused() { return {events::AppendError::store_unavailable, 0, false}; }

class AggregateTest : public ::testing::Test {
 protected:
  const Uuid id_ = Uuid::random();
  Aggregate<Diary> diary_;
};

TEST_F(AggregateTest, TheHeadRunsAheadOfWhatIsCommitted) {
  diary_.begin(decided({"a"}));
  diary_.begin(decided({"b", "c"}));
  EXPECT_EQ(diary_.head().text, "abc");
  EXPECT_EQ(diary_.committed().text, "");
  EXPECT_TRUE(diary_.finish(id_, written(1)).committed);
  EXPECT_EQ(diary_.committed().text, "a");
  const auto settled = diary_.finish(id_, written(2));
  EXPECT_EQ(diary_.committed().text, "abc");
  ASSERT_EQ(settled.events.size(), 2U);
  EXPECT_EQ(settled.events[1].version, 3U);
  EXPECT_EQ(settled.events[1].aggregate, id_);
  EXPECT_TRUE(diary_.idle());
}

TEST_F(AggregateTest, AFailureTakesEverythingInFlightWithIt) {
  diary_.begin(decided({"a"}));
  diary_.begin(decided({"b"}));
  diary_.begin(decided({"c"}));
  EXPECT_TRUE(diary_.finish(id_, written(1)).committed);
  EXPECT_FALSE(diary_.finish(id_, refused()).committed);
  EXPECT_FALSE(diary_.usable());
  // Whatever the log says of it, it was decided on something that did not happen.
  EXPECT_FALSE(diary_.finish(id_, written(2)).committed);
  EXPECT_TRUE(diary_.usable());
  EXPECT_EQ(diary_.head().text, "a");
  EXPECT_EQ(diary_.head().version, 1U);
}

TEST_F(AggregateTest, ARepeatedKeyWroteNothing) {
  diary_.begin(decided({"a"}));
  EXPECT_FALSE(diary_.finish(id_, {std::nullopt, 1, true}).committed);
  EXPECT_EQ(diary_.head().text, "");
  EXPECT_TRUE(diary_.usable());
}

TEST_F(AggregateTest, WhoRepeatsWaitsForTheLastInFlight) {
  diary_.begin(decided({"a"}));
  diary_.follow({nullptr, {{"messageId", "m1"}}});
  const auto settled = diary_.finish(id_, written(1));
  ASSERT_EQ(settled.pending.waiting.size(), 1U);
  EXPECT_EQ(settled.pending.waiting[0].reply.at("messageId"), "m1");
}

TEST_F(AggregateTest, LearnsWhatOthersAppended) {
  EXPECT_TRUE(diary_.learn({Uuid::random(), "a", id_, "{}", 0, 1, 1}));
  EXPECT_FALSE(diary_.learn({Uuid::random(), "a", id_, "{}", 0, 1, 1})) << "known";
  EXPECT_EQ(diary_.head().text, "a");
  diary_.begin(decided({"mine"}));
  EXPECT_TRUE(diary_.learn({Uuid::random(), "b", id_, "{}", 0, 2, 2}));
  EXPECT_FALSE(diary_.usable()) << "what is in flight was decided without it";
  EXPECT_FALSE(diary_.finish(id_, {events::AppendError::conflict, 2, false}).committed);
  EXPECT_TRUE(diary_.usable());
  EXPECT_EQ(diary_.head().text, "ab");
}

TEST_F(AggregateTest, WhatTheLogTellsOfIsCommittedWhateverItsAppendWasTold) {
  auto mine = decided({"a", "b"});
  const auto first = mine.events[0].id;
  diary_.begin(std::move(mine));
  diary_.begin(decided({"c"}));
  EXPECT_FALSE(diary_.learn({first, "a", id_, "{}", 0, 1, 1}));
  const auto settled = diary_.finish(id_, refused());
  EXPECT_TRUE(settled.committed);
  ASSERT_EQ(settled.events.size(), 2U);
  EXPECT_EQ(settled.events[1].version, 2U);
  EXPECT_EQ(diary_.committed().text, "ab");
  EXPECT_TRUE(diary_.finish(id_, written(3)).committed);
  EXPECT_EQ(diary_.committed().text, diary_.head().text);
}

TEST_F(AggregateTest, LearnsOfItsOwnThatWasRefusedAndWrittenAllTheSame) {
  auto mine = decided({"a"});
  const auto id = mine.events[0].id;
  diary_.begin(std::move(mine));
  EXPECT_FALSE(diary_.finish(id_, refused()).committed);
  EXPECT_TRUE(diary_.learn({id, "a", id_, "{}", 0, 1, 1}));
  EXPECT_EQ(diary_.head().text, "a");
}

TEST_F(AggregateTest, IsNotUsableUntilItHasLearnedWhatItAwaits) {
  diary_.await(2);
  EXPECT_FALSE(diary_.usable());
  diary_.learn({Uuid::random(), "a", id_, "{}", 0, 1, 1});
  EXPECT_FALSE(diary_.usable());
  diary_.learn({Uuid::random(), "b", id_, "{}", 0, 2, 2});
  EXPECT_TRUE(diary_.usable());
}

TEST_F(AggregateTest, DamagedEventsMakeItUnusableForEver) {
  diary_.restore({id_, "a", id_, "{}", 0, 1, 1});
  EXPECT_TRUE(diary_.usable());
  diary_.restore({id_, "c", id_, "{}", 0, 3, 2});
  EXPECT_TRUE(diary_.damaged());
  EXPECT_FALSE(diary_.usable());
}

}  // namespace
}  // namespace lectern::app
