#include <algorithm>
#include <map>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "load/lesson.h"

namespace lectern::load {
namespace {

namespace json = boost::json;

constexpr double kMostQuestions = 100;            // of one quiz
constexpr double kAnswersWithin = 0.5;            // of a question's time
constexpr std::int64_t kTimeLimitMs = 3'600'000;  // the teacher closes, not the clock

// Every room plays one quiz: its students hear each question and answer it, spread over the first
// half of its time.
class Quiz final : public Lesson {
 public:
  Quiz(const Peer& peer, const Plan& plan) : Lesson(peer, plan, plan.rooms) {}

 private:
  struct Session {
    std::string id;
    Clock::time_point asked;  // when the open question was due
  };

  void work(Clock::time_point end) override {
    // At least as long that one quiz is enough.
    const double length = std::max(plan().question_seconds, plan().seconds / kMostQuestions);
    const auto time =
        std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(length));
    answers_within_ = std::chrono::duration_cast<Clock::duration>(time * kAnswersWithin);
    create(static_cast<std::size_t>(std::max(1.0, plan().seconds / length + 1)));
    bool first = true;
    for (auto due = Clock::now(); due < end && !crowd().stopped(); due += time, first = false) {
      for (std::size_t room = 0; room < rooms().size(); ++room) ask(room, first, due);
      answer_until(std::min(end, due + time));
    }
  }

  void create(std::size_t questions) {
    sessions_.resize(rooms().size());
    json::array list;
    for (std::size_t i = 0; i < std::min<std::size_t>(questions, 100); ++i)
      list.push_back(json::object{{"kind", "single"},
                                  {"text", "Question " + std::to_string(i + 1)},
                                  {"options", json::array{"one", "two", "three", "four"}},
                                  {"correct", 1},
                                  {"timeLimitMs", kTimeLimitMs}});
    std::size_t created = 0;
    for (std::size_t room = 0; room < rooms().size(); ++room) {
      const json::object quiz{{"roomId", rooms()[room].id}, {"title", "Load"}, {"questions", list}};
      crowd().request(rooms()[room].teacher, "quiz:create", quiz,
                      [this, room, &created](const json::value& answer, Clock::time_point) {
                        sessions_[room].id = text_in(answer, "sessionId");
                        ++created;
                      });
    }
    crowd().run_until(Clock::now() + std::chrono::seconds(10),
                      [&] { return created == rooms().size(); });
    for (const auto& session : sessions_)
      if (session.id.empty()) report().note_error("a quiz was not created");
  }

  void ask(std::size_t room, bool first, Clock::time_point due) {
    auto& session = sessions_[room];
    if (session.id.empty()) return;
    session.asked = due;
    crowd().measured_request(rooms()[room].teacher, first ? "quiz:start" : "quiz:next",
                             json::object{{"sessionId", session.id}}, due, {});
  }

  void answer_until(Clock::time_point end) {
    while (Clock::now() < end && !crowd().stopped()) {
      crowd().run_until(answers_.empty() ? end : std::min(end, answers_.begin()->first), [this] {
        return !answers_.empty() && answers_.begin()->first <= Clock::now();
      });
      while (!answers_.empty() && answers_.begin()->first <= Clock::now()) {
        const auto [index, question] = answers_.begin()->second;
        const auto due = answers_.begin()->first;
        answers_.erase(answers_.begin());
        crowd().measured_request(index, "quiz:answer",
                                 json::object{{"sessionId", sessions_[seat(index).room].id},
                                              {"questionId", question},
                                              {"answer", index % 4}},
                                 due, {});
      }
    }
  }

  void hear(std::size_t index, std::string_view name, const json::value& payload,
            Clock::time_point at) override {
    const auto room = seat(index).room;
    if (name != "quiz:question" || room >= sessions_.size() ||
        text_in(payload, "sessionId") != sessions_[room].id)
      return;
    if (!count_heard(index, number_in(payload, "index") + 1)) return;
    report().delivery.add(at - sessions_[room].asked);
    if (index == rooms()[room].teacher) return;
    // Spread evenly, in an order that does not follow the rooms.
    const auto share = static_cast<double>(index * 7919 % 1000) / 1000;
    answers_.emplace(at + std::chrono::duration_cast<Clock::duration>(answers_within_ * share),
                     std::pair(index, text_in(payload, "questionId")));
  }

  std::uint64_t starting_number(const json::value&) const override { return 0; }

  std::vector<Session> sessions_;  // by room
  Clock::duration answers_within_{};
  std::multimap<Clock::time_point, std::pair<std::size_t, std::string>> answers_;  // not yet due
};

}  // namespace

Report run_quiz(const Peer& peer, const Plan& plan) { return Quiz(peer, plan).run(); }

}  // namespace lectern::load
