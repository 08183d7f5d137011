#include <charconv>

#include <boost/json/object.hpp>

#include "load/lesson.h"

namespace lectern::load {
namespace {

namespace json = boost::json;

constexpr std::string_view kMark = "load ";

// Students post in turn; every member of a room hears what was posted there, once and in order.
class Chat final : public Lesson {
 public:
  Chat(const Peer& peer, const Plan& plan) : Lesson(peer, plan, plan.rooms) {}

 private:
  void work(Clock::time_point end) override {
    const auto pause = std::chrono::nanoseconds(static_cast<std::int64_t>(1e9 / plan().rate));
    for (auto due = Clock::now(); due < end && !crowd().stopped(); due += pause) {
      crowd().run_until(due);
      post(students()[due_.size() % students().size()], due);
    }
    crowd().run_until(end);
  }

  void post(std::size_t index, Clock::time_point due) {
    std::string content(kMark);
    content += std::to_string(due_.size()) + ' ';
    if (content.size() < plan().text_bytes) content.resize(plan().text_bytes, 'x');
    due_.push_back(due);
    const auto room = seat(index).room;
    crowd().measured_request(index, "chat:message",
                             json::object{{"roomId", rooms()[room].id}, {"content", content}}, due,
                             [this, room](const json::value& answer, Clock::time_point) {
                               auto& highest = rooms()[room].highest;
                               highest = std::max(highest, number_in(answer, "seq"));
                             });
  }

  void hear(std::size_t index, std::string_view name, const json::value& payload,
            Clock::time_point at) override {
    if (name != "chat:message" || text_in(payload, "roomId") != rooms()[seat(index).room].id)
      return;
    if (!count_heard(index, number_in(payload, "seq"))) return;
    const auto content = text_in(payload, "content");
    std::size_t number = 0;
    if (!content.starts_with(kMark)) return;
    const auto read =
        std::from_chars(content.data() + kMark.size(), content.data() + content.size(), number);
    if (read.ec == std::errc() && number < due_.size()) report().delivery.add(at - due_[number]);
  }

  std::vector<Clock::time_point> due_;  // by the message's number
};

}  // namespace

Report run_chat(const Peer& peer, const Plan& plan) { return Chat(peer, plan).run(); }

}  // namespace lectern::load
