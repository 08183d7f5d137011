#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <boost/json/value.hpp>

#include "load/report.h"
#include "load/swarm.h"

namespace lectern::load {

// How much load, and of what kind.
struct Plan {
  std::string scenario = "chat";  // chat, quiz, echo, idle
  std::size_t connections = 100;  // members; each room has a teacher besides
  std::size_t rooms = 1;          // of chat and quiz
  double rate = 10;               // requests a second of all together: messages, echoes
  double seconds = 10;            // of load …
  double ramp = 1;                // … after the connections came, spread over that many
  double question_seconds = 5;    // of quiz
  std::size_t text_bytes = 64;    // of a message's content
  std::string echo_event = "echo";
  // The access token of the n-th student or teacher; empty for none.
  std::function<std::string(bool teacher, std::size_t n)> token;
  std::function<bool()> stopped;  // whether the user wants the end; asked often
};

// The connections of a run to a Socket.IO server, their requests, and what is known of each.
class Crowd {
 public:
  using Answer = std::function<void(const boost::json::value& answer, Clock::time_point at)>;
  using Event = std::function<void(std::size_t index, std::string_view name,
                                   const boost::json::value& payload, Clock::time_point at)>;

  Crowd(Peer peer, const Plan& plan, Report& report);

  // Both may be empty, and are set before the first connection.
  void on_entered(std::function<void(std::size_t index)> entered) { entered_ = std::move(entered); }
  void on_event(Event event) { event_ = std::move(event); }

  std::size_t connect(bool teacher, std::size_t n);

  // Emits an event with one payload. `answer` gets the first argument of the acknowledgement. False
  // when the connection is lost, or has as many unanswered requests as it may.
  bool request(std::size_t index, std::string_view event, const boost::json::value& payload,
               Answer answer);

  // A request of the load: counted, and its latency measured from `due`. `accepted` may be empty.
  void measured_request(std::size_t index, std::string_view event,
                        const boost::json::value& payload, Clock::time_point due, Answer accepted);

  bool entered(std::size_t index) const { return members_[index].entered; }
  bool lost(std::size_t index) const { return members_[index].lost; }

  // Reads until `deadline`, or `done` (asked after each turn), or the user's wish to stop. Returns
  // done().
  bool run_until(Clock::time_point deadline, const std::function<bool()>& done);
  void run_until(Clock::time_point deadline);

  // As run_until(), whether or not the user wants the end.
  void finish(Clock::time_point deadline, const std::function<bool()>& done);

  bool stopped() const { return plan_.stopped && plan_.stopped(); }
  std::size_t unanswered() const { return unanswered_; }  // of measured requests

 private:
  struct Member {
    Clock::time_point began;
    bool entered = false;
    bool lost = false;
    std::uint64_t next_id = 0;
    std::unordered_map<std::uint64_t, Answer> answers;
  };

  void turn(Clock::time_point deadline);
  void enter(std::size_t index);
  void lose(std::size_t index, const std::string& why);
  void take(std::size_t index, std::string_view message, Clock::time_point at);
  void take_answer(std::size_t index, std::uint64_t id, std::string_view arguments,
                   Clock::time_point at);

  const Plan& plan_;
  Report& report_;
  Swarm swarm_;
  std::vector<Member> members_;
  std::function<void(std::size_t)> entered_;
  Event event_;
  std::size_t unanswered_ = 0;
};

// Puts the load on the server and says what it did. Throws std::runtime_error when the load cannot
// begin: nobody is there, or no room can be had.
Report run_load(const Peer& peer, const Plan& plan);

}  // namespace lectern::load
