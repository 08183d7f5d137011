// Random conversations: what a log says is what was lived, whatever was lost on the way.

#include <deque>
#include <random>

#include <gtest/gtest.h>

#include "classroom/quiz_course.h"
#include "classroom/quiz_script.h"
#include "classroom/room_script.h"

namespace lectern::classroom {
namespace {

using Random = std::mt19937;
using Indices = std::vector<std::int64_t>;
using Moderation = gate::ChatModerate::Action;

std::uint32_t below(Random& random, std::uint32_t bound) {
  return static_cast<std::uint32_t>(random()) % bound;
}

std::string somebody(Random& random) { return "u" + std::to_string(below(random, 6)); }

// Head and committed state as the owner keeps them: decisions are made on the head, appends
// complete later in order, and one that fails takes everything in flight with it.
template <class State>
struct Owner {
  void begin(const Decision& decision) {
    if (decision.events.empty()) return;
    for (const auto& event : decision.events) ASSERT_TRUE(evolve(head, event));
    in_flight.push_back(decision.events);
  }
  void commit() {
    if (in_flight.empty()) return;
    for (const auto& event : in_flight.front()) {
      log.push_back(
          {event.id, event.type, kRoom, event.payload, event.timestamp, log.size() + 1, 0});
      ASSERT_TRUE(evolve(state, log.back()));
    }
    in_flight.pop_front();
  }
  void fail() {
    in_flight.clear();
    head = state;
  }
  State replay() const {
    State replayed;
    for (const auto& event : log) EXPECT_TRUE(evolve(replayed, event));
    return replayed;
  }
  // One turn of the outside world.
  void happen(Random& random) {
    const auto what = below(random, 20);
    if (what == 0) fail();
    if (what < 12) commit();
  }
  void settle() {
    while (!in_flight.empty()) commit();
  }

  State head;
  State state;
  std::deque<std::vector<events::NewEvent>> in_flight;
  std::vector<events::DomainEvent> log;
};

gate::QuizCreate random_quiz(Random& random) {
  auto wanted = primes();
  wanted.questions.push_back(question(gate::QuestionKind::poll, "Tea?", {"yes", "no"}, {}));
  wanted.questions.push_back(
      question(gate::QuestionKind::number, "Pi?", {}, gate::NumberSolution{3.14, 0.01}));
  wanted.questions.push_back(
      question(gate::QuestionKind::text, "Capital?", {}, std::vector<std::string>{"Paris"}));
  wanted.questions.push_back(
      question(gate::QuestionKind::order, "Order", {"a", "b"}, std::vector<std::uint32_t>{1, 0}));
  wanted.prepare_ms = below(random, 2) * 2000;
  wanted.scoring = static_cast<gate::Scoring>(below(random, 4));
  wanted.streaks = below(random, 2) == 1;
  return wanted;
}

gate::Answer random_answer(Random& random) {
  static const std::vector<gate::Answer> kAnswers{
      0, 1, 2, Indices{0, 2}, Indices{1}, Indices{1, 0}, "3.14", "paris", "Rome", "3"};
  return kAnswers[below(random, static_cast<std::uint32_t>(kAnswers.size()))];
}

decltype(QuizCommand::what) random_command(Random& random, const QuizState& quiz, TimeMs now) {
  const auto what = below(random, 20);
  if (what < 13) {
    const auto index = below(random, 8) == 0 ? below(random, 7) : quiz.current.index;
    return AnswerQuestion{(*quiz.questions)[index].id.value(), random_answer(random),
                          now - below(random, 60)};
  }
  if (what < 17) return TimePassed{};
  RunQuiz run{static_cast<HostAction>(below(random, 5)), {}};
  if (below(random, 200) == 0) run.action = HostAction::end;
  if (below(random, 2) == 0) run.expected_version = quiz.phase_version;
  return run;
}

// A class that lived through `steps` random commands, appends and failures.
Owner<QuizState> live_quiz(unsigned seed, int steps) {
  Random random(seed);
  Owner<QuizState> owner;
  TimeMs now = kNoon;
  std::vector<Uuid> ids;
  for (std::uint32_t i = 0; i < 7; ++i) ids.push_back(numbered(101 + i));
  owner.begin(decide(owner.head, {teacher(), true, false, now, numbered(1),
                                  CreateQuiz{random_quiz(random), kSession, ids}}));
  owner.commit();
  for (int i = 0; i < steps; ++i) {
    now += below(random, 1500);
    const bool host = below(random, 10) != 0;
    auto actor = student(somebody(random));
    actor.member = below(random, 20) != 0;
    owner.begin(decide(owner.head,
                       {actor, host, false, now, numbered(1000 + 100 * static_cast<unsigned>(i)),
                        random_command(random, owner.head, now)}));
    owner.happen(random);
  }
  return owner;
}

// T5, D20–D24, 2.3 of the product page: scoring is a function of the log.
TEST(QuizReplay, EqualsWhatWasLived_D20_D25) {
  for (unsigned seed = 1; seed <= 60; ++seed) {
    auto owner = live_quiz(seed, 400);
    EXPECT_EQ(fingerprint(owner.replay()), fingerprint(owner.state)) << seed;
    owner.settle();
    EXPECT_EQ(fingerprint(owner.state), fingerprint(owner.head)) << seed;
    EXPECT_EQ(fingerprint(owner.replay()), fingerprint(owner.head)) << seed;
  }
}

TEST(QuizReplay, EqualsWhatIsLeftAfterAFailedAppend) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    auto owner = live_quiz(seed, 200);
    owner.fail();
    EXPECT_EQ(fingerprint(owner.replay()), fingerprint(owner.head)) << seed;
  }
}

// What the score events say can be computed again from the answers alone.
TEST(QuizReplay, ComputesTheScoresOfTheLogAgain_D20) {
  std::size_t checked = 0;
  for (unsigned seed = 1; seed <= 20; ++seed) {
    const auto owner = live_quiz(seed, 400);
    QuizState quiz;
    std::vector<Score> scores;
    for (const auto& event : owner.log) {
      const bool closes =
          event.type == "quiz:question_timeout" || event.type == "quiz:question_closed";
      if (closes) scores = score_round(quiz);
      ASSERT_TRUE(evolve(quiz, event));
      if (event.type != "quiz:score_updated") continue;
      const auto payload = boost::json::parse(event.payload);
      const auto player = quiz.player_by_user.at(std::string(payload.at("userId").as_string()));
      EXPECT_EQ(payload.at("score").as_int64(), scores[player].score);
      EXPECT_EQ(payload.at("newTotal").as_int64(), scores[player].total);
      EXPECT_EQ(payload.at("rank").as_int64(), scores[player].rank);
      ++checked;
    }
  }
  EXPECT_GT(checked, 100U);
}

TEST(QuizReplay, NeverHoldsTwoAnswersOfOnePlayerToOneQuestion_B3) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    const auto owner = live_quiz(seed, 400);
    std::vector<std::string> seen;
    for (const auto& event : owner.log) {
      if (event.type != "quiz:answer_submitted") continue;
      const auto payload = boost::json::parse(event.payload);
      seen.push_back(boost::json::serialize(payload.at("userId")) +
                     boost::json::serialize(payload.at("questionId")));
    }
    std::sort(seen.begin(), seen.end());
    EXPECT_EQ(std::adjacent_find(seen.begin(), seen.end()), seen.end()) << seed;
  }
}

// A log with a flipped byte is refused or read as what it says now; nothing worse.
TEST(QuizReplay, SurvivesDamagedBytes) {
  const auto owner = live_quiz(7, 120);
  Random random(7);
  for (int round = 0; round < 400; ++round) {
    auto log = owner.log;
    for (int i = 0; i < 3; ++i) {
      auto& payload = log[below(random, static_cast<std::uint32_t>(log.size()))].payload;
      payload[below(random, static_cast<std::uint32_t>(payload.size()))] =
          "0123456789-\"{}[],:ex"[below(random, 20)];
    }
    QuizState quiz;
    bool good = true;
    for (std::size_t i = 0; i < log.size() && good; ++i) good = evolve(quiz, log[i]);
    if (good) snapshot(quiz, {"u1", true, 3}, kNoon);
  }
}

decltype(RoomCommand::what) random_room_command(Random& random, int step) {
  const auto what = below(random, 20);
  if (what < 14) {
    gate::ChatMessage message;
    message.content = "m";
    if (below(random, 2) == 0) message.client_id = std::to_string(below(random, 40));
    return PostMessage{message, numbered(static_cast<std::uint32_t>(step))};
  }
  if (what == 14) {
    gate::RoomConfigure change;
    change.co_hosts = {somebody(random)};
    change.options.is_private = below(random, 2) == 0;
    return ConfigureRoom{change};
  }
  gate::ChatModerate wanted;
  wanted.action = static_cast<Moderation>(below(random, 6));
  wanted.message = numbered(below(random, static_cast<std::uint32_t>(step)) + 1);
  wanted.target_user = somebody(random);
  if (below(random, 2) == 0) wanted.duration_ms = 1 + below(random, 10'000);
  return Moderate{wanted, {true, false, "S"}};
}

Owner<RoomState> live_room(unsigned seed, int steps) {
  Random random(seed);
  Owner<RoomState> owner;
  TimeMs now = kNoon;
  owner.begin(decide(owner.head, {teacher(), now, numbered(1),
                                  CreateRoom{{"Algebra", "lecture", {}}, kRoom, "K7QM2X"}}));
  owner.commit();
  for (int i = 1; i <= steps; ++i) {
    now += below(random, 1000);
    const auto actor = below(random, 3) == 0 ? teacher() : student(somebody(random));
    owner.begin(decide(owner.head, {actor, now, numbered(5000 + static_cast<unsigned>(i)),
                                    random_room_command(random, i)}));
    owner.happen(random);
  }
  return owner;
}

// D94: seq has no gaps, and a repeated clientId is one message, whatever failed in between.
TEST(RoomReplay, EqualsWhatWasLivedWithEverySeqOnce_D94) {
  for (unsigned seed = 1; seed <= 40; ++seed) {
    auto owner = live_room(seed, 300);
    EXPECT_EQ(fingerprint(owner.replay()), fingerprint(owner.state)) << seed;
    owner.settle();
    EXPECT_EQ(fingerprint(owner.state), fingerprint(owner.head)) << seed;
    std::int64_t seq = 0;
    std::vector<std::string> keys;
    for (const auto& event : owner.log) {
      if (event.type != "chat:message_posted") continue;
      const auto payload = boost::json::parse(event.payload).as_object();
      EXPECT_EQ(payload.at("seq").as_int64(), ++seq);
      if (!payload.contains("clientId")) continue;
      keys.push_back(
          client_key(payload.at("userId").as_string(), payload.at("clientId").as_string()));
    }
    std::sort(keys.begin(), keys.end());
    EXPECT_EQ(std::adjacent_find(keys.begin(), keys.end()), keys.end()) << seed;
  }
}

}  // namespace
}  // namespace lectern::classroom
