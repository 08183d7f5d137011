#pragma once

// What every EventLog must do, as a GoogleTest suite. A log joins with
//
//   INSTANTIATE_TYPED_TEST_SUITE_P(Memory, EventLogConformance, MemoryLogUnderTest);
//
// where the parameter has `EventLog& log()`, `void reopen()` (closes the log and opens it again on
// the same data) and `static constexpr bool kDurable` (whether anything is left after that).

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <future>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "events/event_log.h"

namespace lectern::events {

inline NewEvent posted(std::string payload) {
  return {Uuid::random(), "chat:message_posted", std::move(payload), 1700000000000};
}

// Appends and waits for the answer.
inline AppendResult append_now(EventLog& log, Append append) {
  std::promise<AppendResult> promise;
  auto answer = promise.get_future();
  log.append(std::move(append), [&promise](AppendResult result) { promise.set_value(result); });
  return answer.get();
}

// What a subscription visited, for a test that waits for it.
class Visited {
 public:
  bool visit(const DomainEvent& event) {
    std::lock_guard lock(mutex_);
    positions_.push_back(event.position);
    payloads_.push_back(event.payload);
    changed_.notify_all();
    return true;
  }
  std::vector<std::string> payloads(std::size_t count) {
    wait(count);
    return payloads_;
  }
  std::vector<std::uint64_t> positions(std::size_t count) {
    wait(count);
    return positions_;
  }

 private:
  void wait(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return positions_.size() >= count; });
  }

  std::mutex mutex_;  // guards everything below
  std::condition_variable changed_;
  std::vector<std::uint64_t> positions_;
  std::vector<std::string> payloads_;
};

template <class LogUnderTest>
class EventLogConformance : public ::testing::Test {
 protected:
  EventLog& log() { return under_test_.log(); }
  LogUnderTest under_test_;
  const Uuid aggregate_ = Uuid::random();
};
TYPED_TEST_SUITE_P(EventLogConformance);

TYPED_TEST_P(EventLogConformance, NumbersTheEventsOfAnAggregateFromOne) {
  const auto first = append_now(this->log(), {this->aggregate_, {}, {posted("{}")}, ""});
  EXPECT_FALSE(first.error);
  EXPECT_EQ(first.first_version, 1U);
  EXPECT_EQ(append_now(this->log(), {this->aggregate_, {}, {posted("{}")}, ""}).first_version, 2U);
  EXPECT_EQ(append_now(this->log(), {Uuid::random(), {}, {posted("{}")}, ""}).first_version, 1U);
}

TYPED_TEST_P(EventLogConformance, GivesBackEveryFieldAsItWasWritten) {
  const std::string payload("{\"text\":\"na\xc3\xafve\",\"nul\":\"\0\"}", 27);
  const NewEvent event{Uuid::random(), "quiz:answer_submitted", payload, -1};
  append_now(this->log(), {this->aggregate_, {}, {event}, "key"});
  const auto read = this->log().read(this->aggregate_, 1, 10);
  ASSERT_EQ(read.size(), 1U);
  EXPECT_EQ(read[0].id, event.id);
  EXPECT_EQ(read[0].type, "quiz:answer_submitted");
  EXPECT_EQ(read[0].aggregate, this->aggregate_);
  EXPECT_EQ(read[0].payload, payload);
  EXPECT_EQ(read[0].timestamp, -1);
  EXPECT_EQ(read[0].version, 1U);
}

TYPED_TEST_P(EventLogConformance, AcceptsTheExpectedVersionAndTellsTheActualOneOtherwise) {
  EXPECT_FALSE(append_now(this->log(), {this->aggregate_, 0, {posted("1")}, ""}).error);
  EXPECT_FALSE(append_now(this->log(), {this->aggregate_, 1, {posted("2")}, ""}).error);
  for (const std::uint64_t wrong : {0U, 1U, 3U}) {
    const auto refused = append_now(this->log(), {this->aggregate_, wrong, {posted("3")}, ""});
    EXPECT_EQ(refused.error, AppendError::conflict);
    EXPECT_EQ(refused.first_version, 2U);
  }
  EXPECT_EQ(this->log().read(this->aggregate_, 1, 10).size(), 2U);
}

TYPED_TEST_P(EventLogConformance, ConflictOfAnAggregateWithoutEventsTellsZero) {
  const auto refused = append_now(this->log(), {this->aggregate_, 5, {posted("1")}, ""});
  EXPECT_EQ(refused.error, AppendError::conflict);
  EXPECT_EQ(refused.first_version, 0U);
}

TYPED_TEST_P(EventLogConformance, ARepeatedKeyReturnsTheFirstResultAndWritesNothing) {
  append_now(this->log(), {this->aggregate_, {}, {posted("0")}, ""});
  const auto first =
      append_now(this->log(), {this->aggregate_, 1, {posted("a"), posted("b")}, "k"});
  EXPECT_EQ(first.first_version, 2U);
  EXPECT_FALSE(first.repeated);
  append_now(this->log(), {this->aggregate_, {}, {posted("c")}, "other"});
  const auto again = append_now(this->log(), {this->aggregate_, 1, {posted("x")}, "k"});
  EXPECT_FALSE(again.error);
  EXPECT_TRUE(again.repeated);
  EXPECT_EQ(again.first_version, 2U);
  EXPECT_EQ(this->log().read(this->aggregate_, 1, 10).size(), 4U);
  EXPECT_FALSE(append_now(this->log(), {Uuid::random(), {}, {posted("x")}, "k"}).repeated);
}

TYPED_TEST_P(EventLogConformance, ARefusedAppendDoesNotUseUpItsKey) {
  EXPECT_TRUE(append_now(this->log(), {this->aggregate_, 9, {posted("a")}, "k"}).error);
  const auto next = append_now(this->log(), {this->aggregate_, 0, {posted("a")}, "k"});
  EXPECT_FALSE(next.error);
  EXPECT_FALSE(next.repeated);
}

TYPED_TEST_P(EventLogConformance, RepeatsInFlightTogetherAreWrittenOnce) {
  std::promise<void> all;
  std::atomic<int> left = 32;
  std::atomic<int> written = 0;
  for (int i = 0; i < 32; ++i) {
    this->log().append({this->aggregate_, {}, {posted("{}")}, "k"}, [&](AppendResult result) {
      EXPECT_FALSE(result.error);
      EXPECT_EQ(result.first_version, 1U);
      if (!result.repeated) ++written;
      if (--left == 0) all.set_value();
    });
  }
  all.get_future().wait();
  EXPECT_EQ(written, 1);
  EXPECT_EQ(this->log().read(this->aggregate_, 1, 100).size(), 1U);
}

TYPED_TEST_P(EventLogConformance, WritesTheEventsOfOneAppendTogetherAndInOrder) {
  EXPECT_EQ(
      append_now(this->log(), {this->aggregate_, {}, {posted("a"), posted("b"), posted("c")}, ""})
          .first_version,
      1U);
  EXPECT_TRUE(append_now(this->log(), {this->aggregate_, 2, {posted("d"), posted("e")}, ""}).error);
  const auto read = this->log().read(this->aggregate_, 0, 10);
  ASSERT_EQ(read.size(), 3U);
  EXPECT_EQ(read[0].payload + read[1].payload + read[2].payload, "abc");
  EXPECT_EQ(read[2].version, 3U);
  EXPECT_LT(read[0].position, read[1].position);
}

TYPED_TEST_P(EventLogConformance, ReadsFromAVersionUpToALimit) {
  for (int i = 1; i <= 9; ++i) {
    append_now(this->log(), {this->aggregate_, {}, {posted(std::to_string(i))}, ""});
  }
  const auto read = this->log().read(this->aggregate_, 4, 3);
  ASSERT_EQ(read.size(), 3U);
  EXPECT_EQ(read[0].version, 4U);
  EXPECT_EQ(read[2].payload, "6");
  EXPECT_TRUE(this->log().read(this->aggregate_, 10, 3).empty());
  EXPECT_TRUE(this->log().read(Uuid::random(), 1, 3).empty());
}

TYPED_TEST_P(EventLogConformance, ReadsEverythingInTheOrderOfTheAppends) {
  const Uuid other = Uuid::random();
  for (int i = 0; i < 700; ++i) {
    this->log().append({i % 3 ? this->aggregate_ : other, {}, {posted(std::to_string(i))}, ""},
                       [](AppendResult) {});
  }
  append_now(this->log(), {other, {}, {posted("700")}, ""});
  std::uint64_t last_position = 0;
  std::uint64_t position_of_600 = 0;
  int next = 0;
  this->log().read_all(0, [&](const DomainEvent& event) {
    EXPECT_EQ(event.payload, std::to_string(next));
    EXPECT_GT(event.position, last_position);
    last_position = event.position;
    if (next++ == 600) position_of_600 = event.position;
    return true;
  });
  EXPECT_EQ(next, 701);
  std::vector<std::string> few;
  this->log().read_all(position_of_600, [&](const DomainEvent& event) {
    few.push_back(event.payload);
    return few.size() < 2;
  });
  EXPECT_EQ(few, (std::vector<std::string>{"600", "601"}));
}

TYPED_TEST_P(EventLogConformance, CompletesTheAppendsOfAnAggregateInOrder) {
  std::vector<std::uint64_t> completed;
  for (int i = 0; i < 600; ++i) {
    this->log().append({this->aggregate_, {}, {posted("{}")}, ""},
                       [&](AppendResult result) { completed.push_back(result.first_version); });
  }
  append_now(this->log(), {this->aggregate_, {}, {posted("{}")}, ""});
  ASSERT_EQ(completed.size(), 600U);
  for (std::size_t i = 0; i < completed.size(); ++i) EXPECT_EQ(completed[i], i + 1);
}

TYPED_TEST_P(EventLogConformance, ACompletionMayAppendAndReadWhatItWasTold) {
  std::promise<AppendResult> promise;
  this->log().append({this->aggregate_, 0, {posted("first")}, ""}, [&](AppendResult) {
    EXPECT_EQ(this->log().read(this->aggregate_, 1, 9).size(), 1U);
    this->log().append({this->aggregate_, 1, {posted("second")}, ""},
                       [&](AppendResult result) { promise.set_value(result); });
  });
  EXPECT_EQ(promise.get_future().get().first_version, 2U);
}

// D21: versions come from the write itself, so simultaneous appends cannot get the same one.
TYPED_TEST_P(EventLogConformance, VersionsHaveNoGapsUnderEightThreads) {
  constexpr int kThreads = 8;
  constexpr int kAppends = 500;
  std::vector<std::vector<std::uint64_t>> versions(kThreads);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([this, &mine = versions[static_cast<std::size_t>(t)]] {
      std::promise<void> all;
      for (int i = 0; i < kAppends; ++i) {
        this->log().append({this->aggregate_, {}, {posted("{}")}, ""}, [&](AppendResult result) {
          EXPECT_FALSE(result.error);
          mine.push_back(result.first_version);
          if (mine.size() == kAppends) all.set_value();
        });
      }
      all.get_future().wait();
    });
  }
  for (auto& thread : threads) thread.join();
  std::set<std::uint64_t> distinct;
  for (const auto& mine : versions) {
    for (std::size_t i = 1; i < mine.size(); ++i) EXPECT_LT(mine[i - 1], mine[i]);
    distinct.insert(mine.begin(), mine.end());
  }
  EXPECT_EQ(distinct.size(), std::size_t{kThreads * kAppends});
  EXPECT_EQ(*distinct.rbegin(), std::uint64_t{kThreads * kAppends});
  const auto read = this->log().read(this->aggregate_, 1, 10000);
  ASSERT_EQ(read.size(), std::size_t{kThreads * kAppends});
  for (std::size_t i = 0; i < read.size(); ++i) EXPECT_EQ(read[i].version, i + 1);
}

TYPED_TEST_P(EventLogConformance, ASubscriptionCatchesUpAndThenFollows) {
  for (const char* payload : {"1", "2", "3"}) {
    append_now(this->log(), {this->aggregate_, {}, {posted(payload)}, ""});
  }
  std::uint64_t second = 0;
  this->log().read_all(0, [&](const DomainEvent& event) {
    second = event.position;
    return event.payload != "2";
  });
  Visited visited;
  const auto subscription =
      this->log().subscribe(second, [&](const DomainEvent& event) { return visited.visit(event); });
  EXPECT_EQ(visited.payloads(2), (std::vector<std::string>{"2", "3"}));
  append_now(this->log(), {Uuid::random(), {}, {posted("4"), posted("5")}, ""});
  EXPECT_EQ(visited.payloads(4), (std::vector<std::string>{"2", "3", "4", "5"}));
}

TYPED_TEST_P(EventLogConformance, ASubscriptionMayBeginAtAPositionThatDoesNotExistYet) {
  append_now(this->log(), {this->aggregate_, {}, {posted("1")}, ""});
  std::uint64_t last = 0;
  this->log().read_all(0, [&](const DomainEvent& event) {
    last = event.position;
    return true;
  });
  Visited visited;
  const auto subscription = this->log().subscribe(
      last + 2, [&](const DomainEvent& event) { return visited.visit(event); });
  for (const char* payload : {"2", "3", "4"}) {
    append_now(this->log(), {this->aggregate_, {}, {posted(payload)}, ""});
  }
  EXPECT_EQ(visited.payloads(2), (std::vector<std::string>{"3", "4"}));
}

TYPED_TEST_P(EventLogConformance, ASubscriptionEndsWhenItsVisitorHasEnough) {
  std::promise<void> visited;
  std::atomic<int> visits = 0;
  auto subscription = this->log().subscribe(0, [&](const DomainEvent&) {
    if (++visits == 1) visited.set_value();
    return false;
  });
  for (int i = 0; i < 9; ++i) {
    append_now(this->log(), {this->aggregate_, {}, {posted("{}")}, ""});
  }
  visited.get_future().wait();
  subscription.reset();
  EXPECT_EQ(visits, 1);
}

TYPED_TEST_P(EventLogConformance, DestroyingASubscriptionWaitsForItsVisit) {
  append_now(this->log(), {this->aggregate_, {}, {posted("1")}, ""});
  std::promise<void> inside;
  std::promise<void> go;
  std::atomic<bool> destroying = false;
  std::atomic<int> visits = 0;
  auto subscription = this->log().subscribe(0, [&](const DomainEvent&) {
    inside.set_value();
    go.get_future().wait();
    while (!destroying) std::this_thread::yield();
    ++visits;
    return true;
  });
  inside.get_future().wait();
  std::thread destroys([&] {
    destroying = true;
    subscription.reset();
    EXPECT_EQ(visits, 1);
  });
  go.set_value();
  destroys.join();
}

TYPED_TEST_P(EventLogConformance, AVisitMayDestroyItsOwnSubscriptionAndCallTheLog) {
  std::promise<void> subscribed;
  std::promise<std::size_t> visited;
  std::unique_ptr<Subscription> subscription;
  subscription = this->log().subscribe(0, [&](const DomainEvent& event) {
    subscribed.get_future().wait();
    subscription.reset();
    visited.set_value(this->log().read(event.aggregate, 1, 9).size());
    return true;
  });
  subscribed.set_value();
  append_now(this->log(), {this->aggregate_, {}, {posted("1"), posted("2")}, ""});
  EXPECT_EQ(visited.get_future().get(), 2U);
}

TYPED_TEST_P(EventLogConformance, ASubscriptionFollowsWhatItsVisitsAppend) {
  Visited visited;
  const auto subscription = this->log().subscribe(0, [&](const DomainEvent& event) {
    if (event.version < 5) {
      append_now(this->log(), {event.aggregate, {}, {posted(event.payload + "+")}, ""});
    }
    return visited.visit(event);
  });
  append_now(this->log(), {this->aggregate_, {}, {posted("")}, ""});
  EXPECT_EQ(visited.payloads(5), (std::vector<std::string>{"", "+", "++", "+++", "++++"}));
}

// D28: nothing that is appended around the moment of subscribing is missed or seen twice.
TYPED_TEST_P(EventLogConformance, SubscribingWhileManyAppendMissesAndRepeatsNothing) {
  constexpr int kThreads = 8;
  constexpr int kAppends = 250;
  constexpr int kSubscriptions = 6;
  std::vector<Visited> visited(kSubscriptions);
  std::vector<std::unique_ptr<Subscription>> subscriptions;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([this] {
      const Uuid aggregate = Uuid::random();
      for (int i = 0; i < kAppends; ++i) {
        if (i % 50 == 49) {
          append_now(this->log(), {aggregate, {}, {posted("{}")}, ""});
        } else {
          this->log().append({aggregate, {}, {posted("{}")}, ""}, [](AppendResult) {});
        }
      }
    });
  }
  for (Visited& mine : visited) {
    append_now(this->log(), {this->aggregate_, {}, {posted("{}")}, ""});
    subscriptions.push_back(
        this->log().subscribe(0, [&mine](const DomainEvent& event) { return mine.visit(event); }));
  }
  for (auto& thread : threads) thread.join();
  std::vector<std::uint64_t> all;
  this->log().read_all(0, [&](const DomainEvent& event) {
    all.push_back(event.position);
    return true;
  });
  ASSERT_EQ(all.size(), std::size_t{kThreads * kAppends + kSubscriptions});
  for (Visited& mine : visited) EXPECT_EQ(mine.positions(all.size()), all);
}

TYPED_TEST_P(EventLogConformance, GoesOnWhereItWasAfterReopening) {
  if (!TypeParam::kDurable) GTEST_SKIP() << "nothing is kept";
  append_now(this->log(), {this->aggregate_, {}, {posted("a"), posted("b")}, "k"});
  this->under_test_.reopen();
  EXPECT_EQ(this->log().read(this->aggregate_, 1, 10).size(), 2U);
  EXPECT_TRUE(append_now(this->log(), {this->aggregate_, {}, {posted("x")}, "k"}).repeated);
  EXPECT_EQ(append_now(this->log(), {this->aggregate_, 1, {posted("x")}, ""}).first_version, 2U);
  EXPECT_EQ(append_now(this->log(), {this->aggregate_, 2, {posted("c")}, ""}).first_version, 3U);
  std::vector<std::uint64_t> positions;
  this->log().read_all(1, [&](const DomainEvent& event) {
    positions.push_back(event.position);
    return true;
  });
  EXPECT_EQ(positions, (std::vector<std::uint64_t>{1, 2, 3}));
}

REGISTER_TYPED_TEST_SUITE_P(
    EventLogConformance, NumbersTheEventsOfAnAggregateFromOne, GivesBackEveryFieldAsItWasWritten,
    AcceptsTheExpectedVersionAndTellsTheActualOneOtherwise,
    ConflictOfAnAggregateWithoutEventsTellsZero, ARepeatedKeyReturnsTheFirstResultAndWritesNothing,
    ARefusedAppendDoesNotUseUpItsKey, RepeatsInFlightTogetherAreWrittenOnce,
    WritesTheEventsOfOneAppendTogetherAndInOrder, ReadsFromAVersionUpToALimit,
    ReadsEverythingInTheOrderOfTheAppends, CompletesTheAppendsOfAnAggregateInOrder,
    ACompletionMayAppendAndReadWhatItWasTold, VersionsHaveNoGapsUnderEightThreads,
    ASubscriptionCatchesUpAndThenFollows, ASubscriptionMayBeginAtAPositionThatDoesNotExistYet,
    ASubscriptionEndsWhenItsVisitorHasEnough, DestroyingASubscriptionWaitsForItsVisit,
    AVisitMayDestroyItsOwnSubscriptionAndCallTheLog, ASubscriptionFollowsWhatItsVisitsAppend,
    SubscribingWhileManyAppendMissesAndRepeatsNothing, GoesOnWhereItWasAfterReopening);

}  // namespace lectern::events
