#include "load/crowd.h"

#include <algorithm>
#include <charconv>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace lectern::load {
namespace {

namespace json = boost::json;

constexpr std::size_t kMostUnanswered = 64;  // of one connection
constexpr std::chrono::milliseconds kLook{50};

std::vector<Step> script_with(const std::string& token) {
  auto connect = "40" + (token.empty() ? "" : json::serialize(json::object{{"token", token}}));
  return {{"", "0{"}, {std::move(connect), "40"}};
}

std::string error_type(const json::value& answer) {
  const auto* object = answer.if_object();
  const auto* error = object == nullptr ? nullptr : object->if_contains("error");
  const auto* type =
      error == nullptr || !error->is_object() ? nullptr : error->get_object().if_contains("type");
  return type != nullptr && type->is_string() ? std::string(type->get_string()) : "refused";
}

bool is_refusal(const json::value& answer) {
  const auto* object = answer.if_object();
  const auto* ok = object == nullptr ? nullptr : object->if_contains("ok");
  return ok != nullptr && ok->is_bool() && !ok->get_bool();
}

}  // namespace

Crowd::Crowd(Peer peer, const Plan& plan, Report& report)
    : plan_(plan),
      report_(report),
      swarm_(std::move(peer),
             {[this](std::size_t index) { enter(index); },
              [this](std::size_t index, const std::string& why) { lose(index, why); }}) {}

std::size_t Crowd::connect(bool teacher, std::size_t n) {
  members_.emplace_back().began = Clock::now();
  ++report_.wanted;
  return swarm_.add(script_with(plan_.token ? plan_.token(teacher, n) : std::string()));
}

void Crowd::enter(std::size_t index) {
  members_[index].entered = true;
  ++report_.entered;
  report_.connecting.add(Clock::now() - members_[index].began);
  if (entered_) entered_(index);
}

void Crowd::lose(std::size_t index, const std::string& why) {
  auto& member = members_[index];
  member.lost = true;
  ++report_.dropped;
  report_.note_error(why);
}

bool Crowd::request(std::size_t index, std::string_view event, const json::value& payload,
                    Answer answer) {
  auto& member = members_[index];
  if (member.lost || member.answers.size() >= kMostUnanswered) return false;
  const auto id = member.next_id++;
  member.answers.emplace(id, std::move(answer));
  const json::array arguments{json::string(event), payload};
  std::string frames;
  append_message(frames, "42" + std::to_string(id) + json::serialize(arguments));
  swarm_.send(index, frames);
  return true;
}

void Crowd::measured_request(std::size_t index, std::string_view event, const json::value& payload,
                             Clock::time_point due, Answer accepted) {
  const auto measure = [this, due, accepted = std::move(accepted)](const json::value& answer,
                                                                   Clock::time_point at) {
    --unanswered_;
    if (is_refusal(answer)) {
      ++report_.refused;
      return report_.note_error(error_type(answer));
    }
    ++report_.acknowledged;
    report_.acknowledgement.add(at - due);
    if (accepted) accepted(answer, at);
  };
  ++unanswered_;
  if (request(index, event, payload, measure)) {
    ++report_.sent;
  } else {
    --unanswered_;
    ++report_.held_back;
  }
}

bool Crowd::run_until(Clock::time_point deadline, const std::function<bool()>& done) {
  while (!done() && !stopped() && Clock::now() < deadline) turn(deadline);
  return done();
}

void Crowd::run_until(Clock::time_point deadline) {
  run_until(deadline, [] { return false; });
}

void Crowd::finish(Clock::time_point deadline, const std::function<bool()>& done) {
  while (!done() && Clock::now() < deadline) turn(deadline);
}

void Crowd::turn(Clock::time_point deadline) {
  swarm_.turn(std::min(deadline, Clock::now() + kLook),
              [this](std::size_t index, std::string_view message, Clock::time_point at) {
                take(index, message, at);
              });
}

// Packets of the namespace "/" without attachments; others are none of the load.
void Crowd::take(std::size_t index, std::string_view message, Clock::time_point at) {
  if (message.size() < 3 || message[0] != '4') return;
  const char type = message[1];
  message.remove_prefix(2);
  std::uint64_t id = 0;
  const auto read = std::from_chars(message.data(), message.data() + message.size(), id);
  message.remove_prefix(static_cast<std::size_t>(read.ptr - message.data()));
  if (type == '3') return take_answer(index, id, message, at);
  if (type != '2' || !event_) return;
  boost::system::error_code error;
  const auto arguments = json::parse(message, error);
  if (error || !arguments.is_array() || arguments.get_array().empty() ||
      !arguments.get_array()[0].is_string())
    return;
  const auto& list = arguments.get_array();
  event_(index, list[0].get_string(), list.size() > 1 ? list[1] : json::value(), at);
}

void Crowd::take_answer(std::size_t index, std::uint64_t id, std::string_view arguments,
                        Clock::time_point at) {
  auto& answers = members_[index].answers;
  const auto found = answers.find(id);
  boost::system::error_code error;
  const auto list = json::parse(arguments, error);
  if (found == answers.end() || error || !list.is_array())
    return report_.note_error("an acknowledgement of nothing");
  const auto answer = std::move(found->second);
  answers.erase(found);
  answer(list.get_array().empty() ? json::value() : list.get_array()[0], at);
}

}  // namespace lectern::load
