#include "load/lesson.h"

#include <boost/json/object.hpp>
#include <chrono>
#include <stdexcept>

namespace lectern::load {
namespace {

namespace json = boost::json;

constexpr std::chrono::seconds kEntryLimit{20};
constexpr std::chrono::seconds kSettleLimit{5};
constexpr std::uint64_t kMostGaps = 10'000;

Clock::duration seconds(double count) {
  return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(count));
}

const json::value* field(const json::value& object, std::string_view name) {
  return object.is_object() ? object.get_object().if_contains(name) : nullptr;
}

}  // namespace

std::string text_in(const json::value& object, std::string_view name) {
  const auto* found = field(object, name);
  return found != nullptr && found->is_string() ? std::string(found->get_string()) : "";
}

std::uint64_t number_in(const json::value& object, std::string_view name) {
  const auto* found = field(object, name);
  if (found == nullptr || !found->is_number()) return 0;
  boost::system::error_code error;
  const auto number = found->to_number<std::uint64_t>(error);
  return error ? 0 : number;
}

Lesson::Lesson(const Peer& peer, const Plan& plan, std::size_t rooms)
    : plan_(plan), wanted_rooms_(rooms), crowd_(peer, plan, report_) {
  report_.scenario = plan.scenario;
  report_.server = "http://" + peer.authority;
  crowd_.on_entered([this](std::size_t index) {
    if (seats_[index].room < rooms_.size()) join(index);  // a teacher makes its room first
  });
  crowd_.on_event([this](std::size_t index, std::string_view name, const json::value& payload,
                         Clock::time_point at) {
    if (seats_[index].joined) hear(index, name, payload, at);
  });
}

Report Lesson::run() {
  for (std::size_t i = 0; i < wanted_rooms_ && !crowd_.stopped(); ++i) make_room(i);
  seat_students();
  const auto began = Clock::now();
  work(began + seconds(plan_.seconds));
  report_.seconds = std::chrono::duration<double>(Clock::now() - began).count();
  // Also after the user's wish to stop: the report shall be right.
  crowd_.finish(Clock::now() + kSettleLimit, [this] { return settled(); });
  report_.unanswered = crowd_.unanswered();
  count_missing();
  return std::move(report_);
}

std::size_t Lesson::add(bool teacher, std::size_t n, std::size_t room) {
  seats_.emplace_back().room = room;
  return crowd_.connect(teacher, n);
}

void Lesson::make_room(std::size_t number) {
  const auto index = add(/*teacher=*/true, number, number);
  const auto limit = Clock::now() + kEntryLimit;
  crowd_.run_until(limit, [&] { return crowd_.entered(index) || crowd_.lost(index); });
  std::string id, why;
  crowd_.request(index, "room:create", json::object{{"name", "Load " + std::to_string(number + 1)}},
                 [&](const json::value& answer, Clock::time_point) {
                   id = text_in(answer, "roomId");
                   const auto* error = field(answer, "error");
                   why = error == nullptr ? "no roomId" : text_in(*error, "message");
                 });
  crowd_.run_until(limit, [&] { return !why.empty() || crowd_.lost(index); });
  if (id.empty() && !crowd_.stopped())
    throw std::runtime_error("cannot create a room at " + report_.server + ": " +
                             (why.empty() ? first_error() : why));
  rooms_.push_back({id, index, 0});
  join(index);
}

// The load begins when everybody is in, or will not come.
void Lesson::seat_students() {
  const auto pause = seconds(plan_.ramp / static_cast<double>(plan_.connections));
  auto due = Clock::now();
  for (std::size_t n = 0; n < plan_.connections && !crowd_.stopped(); ++n, due += pause) {
    crowd_.run_until(due);
    add(/*teacher=*/false, n, rooms_.empty() ? 0 : n % rooms_.size());
  }
  crowd_.run_until(Clock::now() + kEntryLimit, [this] { return everybody_in(); });
  for (std::size_t index = wanted_rooms_; index < seats_.size(); ++index) {
    const bool in = rooms_.empty() ? crowd_.entered(index) : seats_[index].joined;
    if (in && !crowd_.lost(index)) students_.push_back(index);
    if (!in && !crowd_.lost(index)) {
      ++report_.dropped;
      report_.note_error("not let in in time");
    }
  }
  if (students_.empty() && !crowd_.stopped())
    throw std::runtime_error("nobody got into " + report_.server + ": " + first_error());
}

void Lesson::join(std::size_t index) {
  auto& room = rooms_[seats_[index].room];
  const json::object payload{{"action", "join"}, {"target", room.id}};
  const auto joined = [this, index](const json::value& answer, Clock::time_point) {
    auto& seat = seats_[index];
    const auto* error = field(answer, "error");
    if (error != nullptr) {
      ++not_joined_;
      ++report_.refused;
      return report_.note_error(text_in(*error, "type"));
    }
    seat.joined = true;
    seat.heard = starting_number(answer);
    ++joined_;
  };
  crowd_.request(index, "user:action", payload, joined);
}

bool Lesson::everybody_in() const {
  const auto in = rooms_.empty() ? report_.entered : joined_ + not_joined_;
  return in + report_.dropped >= seats_.size();
}

std::uint64_t Lesson::starting_number(const json::value& answer) const {
  return number_in(answer, "seq");
}

bool Lesson::count_heard(std::size_t index, std::uint64_t number) {
  auto& seat = seats_[index];
  auto& highest = rooms_[seat.room].highest;
  highest = std::max(highest, number);
  if (number <= seat.heard) {
    const bool late = seat.gaps.erase(number) > 0;
    ++(late ? report_.disordered : report_.repeated);
    if (late) ++report_.delivered;
    return late;
  }
  for (auto skipped = seat.heard + 1; skipped < number && seat.gaps.size() < kMostGaps; ++skipped)
    seat.gaps.insert(skipped);
  seat.heard = number;
  ++report_.delivered;
  return true;
}

bool Lesson::settled() const {
  if (crowd_.unanswered() > 0) return false;
  for (std::size_t i = 0; i < seats_.size(); ++i) {
    const auto& seat = seats_[i];
    if (seat.joined && !crowd_.lost(i) && seat.heard < rooms_[seat.room].highest) return false;
  }
  return true;
}

// Of those that are still there: whoever was dropped is counted as that.
void Lesson::count_missing() {
  for (std::size_t i = 0; i < seats_.size(); ++i) {
    const auto& seat = seats_[i];
    if (!seat.joined || crowd_.lost(i)) continue;
    const auto highest = rooms_[seat.room].highest;
    report_.missing += seat.gaps.size() + (highest > seat.heard ? highest - seat.heard : 0);
  }
}

std::string Lesson::first_error() const {
  return report_.errors.empty() ? "no answer" : report_.errors.begin()->first;
}

Report run_load(const Peer& peer, const Plan& plan) {
  if (plan.scenario == "chat") return run_chat(peer, plan);
  if (plan.scenario == "quiz") return run_quiz(peer, plan);
  if (plan.scenario == "echo") return run_echo(peer, plan);
  return Lesson(peer, plan, /*rooms=*/0).run();
}

}  // namespace lectern::load
