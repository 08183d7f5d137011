#pragma once

#include <set>
#include <string>
#include <vector>

#include "load/crowd.h"

namespace lectern::load {

// One run: everybody comes, then there is load, then what is under way may end. This is the
// scenario `idle`; others add to it.
class Lesson {
 public:
  Lesson(const Peer& peer, const Plan& plan, std::size_t rooms);
  virtual ~Lesson() = default;
  Lesson(const Lesson&) = delete;
  Lesson& operator=(const Lesson&) = delete;

  Report run();

 protected:
  struct Room {
    std::string id;
    std::size_t teacher = 0;    // index of the connection
    std::uint64_t highest = 0;  // seq, or number of the question, that anybody knows of
  };

  // What a connection heard in its room.
  struct Seat {
    std::size_t room = 0;
    bool joined = false;           // and what is heard from now on counts
    std::uint64_t heard = 0;       // the highest number
    std::set<std::uint64_t> gaps;  // lower ones that it did not hear
  };

  // Puts on load until `end`, or the user's wish to stop.
  virtual void work(Clock::time_point end) { crowd().run_until(end); }
  virtual void hear(std::size_t, std::string_view, const boost::json::value&, Clock::time_point) {}

  // The number that a member has heard when it joins, by the answer.
  virtual std::uint64_t starting_number(const boost::json::value& joined) const;

  // Whether nobody waits for anything.
  bool settled() const;

  // Counts that a connection heard number `number` of its room. False when it has before.
  bool count_heard(std::size_t index, std::uint64_t number);

  Crowd& crowd() { return crowd_; }
  const Plan& plan() const { return plan_; }
  Report& report() { return report_; }
  std::vector<Room>& rooms() { return rooms_; }
  const Seat& seat(std::size_t index) const { return seats_[index]; }
  const std::vector<std::size_t>& students() const { return students_; }  // that came in

 private:
  void seat_students();
  void make_room(std::size_t number);
  void join(std::size_t index);
  std::size_t add(bool teacher, std::size_t n, std::size_t room);
  bool everybody_in() const;
  void count_missing();
  std::string first_error() const;

  const Plan& plan_;
  std::size_t wanted_rooms_;
  Report report_;
  Crowd crowd_;
  std::vector<Room> rooms_;
  std::vector<Seat> seats_;  // by connection
  std::vector<std::size_t> students_;
  std::size_t joined_ = 0;
  std::size_t not_joined_ = 0;  // was refused
};

// Text of a field of a JSON object, "" when there is none; and a number, 0.
std::string text_in(const boost::json::value& object, std::string_view name);
std::uint64_t number_in(const boost::json::value& object, std::string_view name);

Report run_chat(const Peer& peer, const Plan& plan);
Report run_quiz(const Peer& peer, const Plan& plan);
Report run_echo(const Peer& peer, const Plan& plan);

}  // namespace lectern::load
