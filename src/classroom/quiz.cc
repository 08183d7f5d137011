#include "classroom/quiz.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include <boost/json/serialize.hpp>

#include "classroom/answer.h"
#include "classroom/question_record.h"
#include "classroom/quiz_course.h"
#include "classroom/quiz_payloads.h"
#include "classroom/record.h"

namespace lectern::classroom {
namespace {

namespace json = boost::json;

Failure refused_answer(std::string_view type, std::string_view message) {
  return {std::string(type), std::string(message), {}};
}

json::object accepted(TimeMs received_at) {
  return {{"accepted", true}, {"receivedAt", received_at}};
}

// Why an answer that arrived at `received_at` does not count for the question at `index`.
std::optional<Failure> refuse_time(const QuizState& quiz, const Round* round, TimeMs received_at) {
  if (round == nullptr) return refused_answer("QUIZ_NOT_OPEN", "The question is not open yet");
  if (!round->reason.empty()) return refused_answer("LATE_ANSWER", "The question is closed");
  // What was read before the host paused counts, although it is decided after.
  if (quiz.phase == Phase::paused && received_at >= quiz.paused_at) {
    return refused_answer("QUIZ_NOT_OPEN", "The quiz is paused");
  }
  if (received_at < round->opens_at) {
    return refused_answer("QUIZ_NOT_OPEN", "The question is not open yet");
  }
  if (received_at > round->closes_at) {
    return refused_answer("LATE_ANSWER", "The question is closed");
  }
  return std::nullopt;
}

// Index of the question, or that of none.
std::size_t index_of(const QuizState& quiz, const Uuid& question) {
  if (quiz.shown() && quiz.question().id == question) return quiz.current.index;
  const auto found = std::find_if(quiz.questions->begin(), quiz.questions->end(),
                                  [&](const auto& entry) { return entry.id == question; });
  return static_cast<std::size_t>(found - quiz.questions->begin());
}

struct Deciding {
  const QuizState& quiz;
  const QuizCommand& command;

  Decision operator()(const CreateQuiz& create) const;
  Decision operator()(const RunQuiz& run) const;
  Decision operator()(const AnswerQuestion& given) const;
  Decision operator()(const TimePassed&) const;

 private:
  std::optional<Failure> refuse_run(const RunQuiz& run) const;
  bool allowed(HostAction action) const;
};

Decision Deciding::operator()(const CreateQuiz& create) const {
  if (!command.host) return Decision::refuse(forbidden());
  if (command.room_closed) return Decision::refuse(room_closed());
  if (quiz.exists()) return Decision::refuse(conflict("The session exists", quiz.phase_version));
  const auto& wanted = create.wanted;
  assert(create.question_ids.size() == wanted.questions.size());
  json::array questions;
  json::array ids;
  for (std::size_t i = 0; i < wanted.questions.size(); ++i) {
    auto question = wanted.questions[i];
    if (!question.id) question.id = create.question_ids[i];
    ids.push_back(json::value(question.id->to_string()));
    questions.push_back(to_record(question));
  }
  const json::object payload{
      {"sessionId", create.session.to_string()},
      {"roomId", wanted.room.to_string()},
      {"title", wanted.title},
      {"scoring", gate::name_of(wanted.scoring)},
      {"streaks", wanted.streaks},
      {"prepareMs", wanted.prepare_ms},
      {"creator", {{"userId", command.actor.user_id}, {"username", command.actor.username}}},
      {"questions", std::move(questions)}};
  Decision decision;
  decision.events.push_back(
      {command.event_id, "quiz:created", json::serialize(payload), command.now});
  decision.reply = {{"sessionId", create.session.to_string()}, {"questionIds", std::move(ids)}};
  return decision;
}

bool Deciding::allowed(HostAction action) const {
  const auto phase = quiz.phase;
  const bool shown = quiz.shown() && phase != Phase::finished;
  switch (action) {
    case HostAction::start: return phase == Phase::lobby;
    case HostAction::next: return shown;
    case HostAction::close_question: return shown && phase != Phase::closed;
    case HostAction::pause:
      // A question whose time is over closes; a pause must not bring it back.
      return phase == Phase::preparing ||
             (phase == Phase::open && command.now < quiz.current.closes_at);
    case HostAction::resume: return phase == Phase::paused;
    case HostAction::end: return phase != Phase::finished;
  }
  return false;
}

std::optional<Failure> Deciding::refuse_run(const RunQuiz& run) const {
  const bool starts = run.action == HostAction::start;
  if (!command.host) {
    return starts ? forbidden("Only instructors can start quizzes") : forbidden();
  }
  const bool goes_on = starts || run.action == HostAction::next || run.action == HostAction::resume;
  if (command.room_closed && goes_on) return room_closed();
  if (run.expected_version && *run.expected_version != quiz.phase_version) {
    return conflict("The quiz has moved on", quiz.phase_version);
  }
  if (!allowed(run.action)) {
    std::string message = "Not possible while the quiz is ";
    return conflict(message.append(name_of(quiz.phase)), quiz.phase_version);
  }
  return std::nullopt;
}

Decision Deciding::operator()(const RunQuiz& run) const {
  if (auto failure = refuse_run(run)) return Decision::refuse(std::move(*failure));
  Course course(quiz, command);
  switch (run.action) {
    case HostAction::start:
      course.start();
      course.show(0);
      break;
    case HostAction::next:
      if (course.running()) course.close("host");
      if (quiz.asked < quiz.questions->size()) {
        course.show(quiz.asked);
      } else {
        course.finish();
      }
      break;
    case HostAction::close_question: course.close("host"); break;
    case HostAction::pause: course.pause(); break;
    case HostAction::resume: course.resume(); break;
    case HostAction::end:
      if (course.running()) course.close("host");
      course.finish();
      break;
  }
  return course.end();
}

Decision Deciding::operator()(const AnswerQuestion& given) const {
  const auto& user = command.actor;
  if (!user.member) return Decision::refuse(not_a_member());
  const auto index = index_of(quiz, given.question);
  if (index == quiz.questions->size()) return Decision::refuse(not_found("No such question"));
  const auto& question = (*quiz.questions)[index];
  auto read = read_answer(question, given.answer);
  if (auto* failure = std::get_if<Failure>(&read)) return Decision::refuse(std::move(*failure));
  const auto& answer = std::get<gate::Answer>(read);

  Decision decision;
  const auto* round = round_of(quiz, index);
  const auto* first = round != nullptr ? answer_in(quiz, *round, user.user_id) : nullptr;
  if (first != nullptr) {
    if (!same_answer(question, first->answer, answer)) {
      return Decision::refuse(
          refused_answer("DUPLICATE_ANSWER", "You have answered this question already"));
    }
    decision.reply = accepted(first->received_at);
    return decision;
  }
  if (auto failure = refuse_time(quiz, round, given.received_at)) {
    return Decision::refuse(std::move(*failure));
  }
  if (command.room_closed) return Decision::refuse(room_closed());
  const auto question_id = question.id->to_string();
  const json::object payload{
      {"userId", user.user_id},          {"username", user.username},
      {"questionId", question_id},       {"answer", to_json(answer)},
      {"receivedAt", given.received_at}, {"timeMs", given.received_at - round->opens_at}};
  decision.events.push_back(
      {command.event_id, "quiz:answer_submitted", json::serialize(payload), command.now});
  decision.idempotency_key = "answer:" + question_id + ":" + user.user_id;
  decision.effects.push_back(ProgressChanged{});
  decision.reply = accepted(given.received_at);
  return decision;
}

Decision Deciding::operator()(const TimePassed&) const {
  const auto due = next_deadline(quiz);
  if (!due || command.now < *due) return {};
  Course course(quiz, command);
  if (quiz.phase == Phase::preparing) {
    course.open();
  } else {
    course.close("timeout");
  }
  return course.end();
}

}  // namespace

std::string_view name_of(Phase phase) {
  switch (phase) {
    case Phase::lobby: return "lobby";
    case Phase::preparing: return "preparing";
    case Phase::open: return "open";
    case Phase::paused: return "paused";
    case Phase::closed: return "closed";
    case Phase::finished: return "finished";
  }
  return "";
}

Decision decide(const QuizState& quiz, const QuizCommand& command) {
  if (!quiz.exists() && !std::holds_alternative<CreateQuiz>(command.what)) {
    return Decision::refuse(not_found("No such quiz session"));
  }
  return std::visit(Deciding{quiz, command}, command.what);
}

std::optional<TimeMs> next_deadline(const QuizState& quiz) {
  if (quiz.phase == Phase::preparing) return quiz.current.opens_at;
  if (quiz.phase == Phase::open) return quiz.current.closes_at;
  return std::nullopt;
}

std::optional<json::object> answer_reply(const events::DomainEvent& event) {
  if (event.type != "quiz:answer_submitted") return std::nullopt;
  Record record(event.payload);
  const auto received_at = record.integer("receivedAt");
  if (!record.good()) return std::nullopt;
  return accepted(received_at);
}

}  // namespace lectern::classroom
