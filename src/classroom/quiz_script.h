#pragma once

// Conversations with one quiz session, for tests.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <boost/json.hpp>

#include "classroom/answer.h"
#include "classroom/quiz.h"
#include "classroom/quiz_views.h"
#include "classroom/room_script.h"

namespace lectern::classroom {

inline const Uuid kSession = *Uuid::parse("3b241101-77aa-4c5e-8d11-5a9e2f60c7d4");
inline const Uuid kFirst = numbered(101);  // the questions of primes()
inline const Uuid kSecond = numbered(102);
inline const Uuid kThird = numbered(103);

inline gate::Question question(gate::QuestionKind kind, std::string text,
                               std::vector<std::string> options, gate::Solution correct) {
  gate::Question made;
  made.kind = kind;
  made.text = std::move(text);
  made.options = std::move(options);
  made.correct = std::move(correct);
  made.time_limit_ms = 20'000;
  return made;
}

// Three questions of 20 s and 1000 points: single (right: 1), multiple (right: 0 and 2), boolean
// (right: true).
inline gate::QuizCreate primes() {
  gate::QuizCreate quiz;
  quiz.room = kRoom;
  quiz.title = "Primes";
  quiz.questions.push_back(question(gate::QuestionKind::single, "Which one is prime?",
                                    {"6", "7", "8"}, gate::IndexSolution{1}));
  quiz.questions.back().explanation = "6 and 8 are even.";
  quiz.questions.push_back(question(gate::QuestionKind::multiple, "Which ones are prime?",
                                    {"2", "4", "5"}, std::vector<std::uint32_t>{0, 2}));
  quiz.questions.push_back(question(gate::QuestionKind::boolean, "Is 1 no prime?", {}, true));
  return quiz;
}

// A quiz of teacher(). Every decision is folded into the state at once.
class QuizScript {
 public:
  explicit QuizScript(gate::QuizCreate wanted = primes()) {
    std::vector<Uuid> ids;
    for (std::uint32_t i = 0; i < wanted.questions.size(); ++i) ids.push_back(numbered(101 + i));
    run(teacher(), CreateQuiz{std::move(wanted), kSession, std::move(ids)});
    EXPECT_FALSE(last.failure);
  }

  QuizScript& at(TimeMs now) { return now_ = now, *this; }
  QuizScript& after(std::int64_t ms) { return now_ += ms, *this; }

  QuizScript& start(std::optional<std::uint64_t> version = {}) {
    return host(HostAction::start, version);
  }
  QuizScript& next(std::optional<std::uint64_t> version = {}) {
    return host(HostAction::next, version);
  }
  QuizScript& close(std::optional<std::uint64_t> version = {}) {
    return host(HostAction::close_question, version);
  }
  QuizScript& pause() { return host(HostAction::pause, {}); }
  QuizScript& resume() { return host(HostAction::resume, {}); }
  QuizScript& end() { return host(HostAction::end, {}); }
  QuizScript& host(HostAction action, std::optional<std::uint64_t> version) {
    return run(teacher(), RunQuiz{action, version});
  }
  QuizScript& pass() { return run({}, TimePassed{}); }
  QuizScript& answer(std::string user, const Uuid& about, gate::Answer given) {
    return answer_read_at(now_, std::move(user), about, std::move(given));
  }
  QuizScript& answer_read_at(TimeMs received_at, std::string user, const Uuid& about,
                             gate::Answer given) {
    return run(student(std::move(user)), AnswerQuestion{about, std::move(given), received_at});
  }
  QuizScript& run(Actor actor, decltype(QuizCommand::what) what) {
    const bool host = actor.user_id == teacher().user_id;
    return run(QuizCommand{std::move(actor), host, false, now_, {}, std::move(what)});
  }
  QuizScript& run(QuizCommand command) {
    commands_ += 0x10000;
    command.event_id = numbered(commands_);
    last = decide(state, command);
    for (const auto& event : last.events) {
      log.push_back(committed(event, kSession, log.size() + 1));
      EXPECT_TRUE(evolve(state, log.back())) << event.type << " " << event.payload;
    }
    return *this;
  }

  QuizScript& expect_reply(std::string_view json) {
    EXPECT_FALSE(last.failure) << last.failure->message;
    EXPECT_EQ(boost::json::serialize(last.reply), json);
    return *this;
  }
  QuizScript& expect_accepted() {
    EXPECT_FALSE(last.failure) << last.failure->type << ": " << last.failure->message;
    return *this;
  }
  QuizScript& expect_refused(std::string_view type, std::string_view message = "") {
    EXPECT_EQ(last.failure ? last.failure->type : "accepted", type);
    if (!message.empty() && last.failure) {
      EXPECT_EQ(last.failure->message, message);
    }
    EXPECT_TRUE(last.events.empty());
    EXPECT_TRUE(last.effects.empty());
    return *this;
  }
  QuizScript& expect_conflict(std::uint64_t actual_version) {
    expect_refused("CONFLICT");
    if (last.failure) {
      EXPECT_EQ(last.failure->extra.at("actualVersion").to_number<std::uint64_t>(), actual_version);
    }
    return *this;
  }
  QuizScript& expect_events(std::vector<std::string> types) {
    std::vector<std::string> seen;
    for (const auto& event : last.events) seen.push_back(event.type);
    EXPECT_EQ(seen, types);
    return *this;
  }
  QuizScript& expect_effects(std::vector<std::string> lines) {
    EXPECT_EQ(lines_of(last), lines);
    return *this;
  }
  // The payload of the first effect of that event, for that user if one is named.
  boost::json::object sent(std::string_view event, std::string_view user = "") const {
    for (const auto& effect : last.effects) {
      const auto* room = std::get_if<ToRoom>(&effect);
      const auto* one = std::get_if<ToUser>(&effect);
      if (user.empty() && room && room->event == event) return room->payload.as_object();
      if (one && one->event == event && one->user_id == user) return one->payload.as_object();
    }
    ADD_FAILURE() << "no " << event << " for " << user;
    return {};
  }
  boost::json::object seen_by(std::string_view user) const {
    return snapshot(state, {user, false, 0}, now_);
  }

  TimeMs now() const { return now_; }

  QuizState state;
  std::vector<events::DomainEvent> log;
  Decision last;

 private:
  TimeMs now_ = kNoon;
  std::uint32_t commands_ = 0;
};

// Everything of the state that any decision or answer depends on, in one text.
inline void append_round(std::string& text, const Round& round) {
  text += "\nround " + std::to_string(round.index) + " " + std::to_string(round.opens_at) + "-" +
          std::to_string(round.closes_at) + round.reason;
  for (const auto count : round.counts) text += " " + std::to_string(count);
  for (const auto& answer : round.answers) {
    text += "\n" + std::to_string(answer.player) + " " +
            boost::json::serialize(to_json(answer.answer)) + " " +
            std::to_string(answer.received_at) + " " + std::to_string(answer.time_ms) + " " +
            std::to_string(answer.right ? *answer.right : 2) + " " + std::to_string(answer.score) +
            " " + std::to_string(answer.total) + " " + std::to_string(answer.rank) + " " +
            std::to_string(answer.streak) + " at " +
            std::to_string(round.by_player.at(answer.player));
  }
}

inline std::string fingerprint(const QuizState& quiz) {
  if (!quiz.exists()) return "";
  std::string text = boost::json::serialize(summary(quiz)) + " v" + std::to_string(quiz.version) +
                     " scored " + std::to_string(quiz.scored_version) + " paused " +
                     std::to_string(quiz.paused_at) + std::string(name_of(quiz.paused_phase)) +
                     " asked " + std::to_string(quiz.asked);
  for (const auto& round : quiz.rounds) append_round(text, *round);
  append_round(text, quiz.current);
  for (const auto& player : quiz.players) {
    text += "\n" + player.user_id + " " + player.username + " " + std::to_string(player.total) +
            " " + std::to_string(player.streak) + " is " +
            std::to_string(quiz.player_by_user.at(player.user_id));
  }
  return text;
}

}  // namespace lectern::classroom
