#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "classroom/effect.h"
#include "classroom/quiz.h"
#include "classroom/quiz_payloads.h"

namespace lectern::classroom {

// Every player's result of the question that is shown, as if it closed now; by player. A function
// of the log alone: response times and earlier totals come from the folded events. (D20, D23)
std::vector<Score> score_round(const QuizState& quiz);

// Collects the events and effects of one command that moves a quiz on. The calls may be combined,
// each in a phase that allows it; `phase` and `phase_version` tell where the course stands.
class Course {
 public:
  Course(const QuizState& quiz, const QuizCommand& command);

  void start();
  void show(std::size_t index);  // prepare or open
  void open();                   // the prepared question
  void close(std::string_view reason);
  void pause();
  void resume();
  void finish();

  // Whether a question is shown and not closed.
  bool running() const;

  // The decision, with {version, phase} as its reply.
  Decision end();

 private:
  void record(std::string_view type, const boost::json::object& payload);
  void enter(Phase phase);
  void tell_room(std::string_view event, boost::json::object payload);
  // {sessionId, version, phase, serverTime}
  boost::json::object standing() const;

  const QuizState& quiz_;
  const QuizCommand& command_;
  EventIds ids_;
  Phase phase_;
  std::uint64_t phase_version_;
  std::vector<std::int64_t> totals_;  // by player
  std::uint64_t scored_version_;
  Decision decision_;
};

}  // namespace lectern::classroom
