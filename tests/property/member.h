#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "raw_client.h"

namespace lectern::property {

// One person in a room, over a raw connection: joins again after every loss, catches up from the
// last seq seen, and posts its messages under client ids until each has an answer. Reads in small
// bites and sometimes not at all. For one thread.
class Member {
 public:
  struct Acknowledged {
    std::string content;
    std::string message_id;
    std::uint64_t seq = 0;
  };

  Member(std::string user_id, std::string room_id, int messages, unsigned seed);

  // One turn: connects if need be, reads if `readable`, posts what it may.
  void turn(std::uint16_t port, bool readable);
  void lose_connection();
  int descriptor() const { return client_.descriptor(); }

  bool finished() const { return next_ == total_ && in_flight_.empty(); }
  bool in_room() const { return state_ == State::in_room; }

  const std::vector<std::uint64_t>& seen() const { return seen_; }
  const std::vector<Acknowledged>& acknowledged() const { return acknowledged_; }
  const std::vector<std::string>& refused() const { return refused_; }  // contents
  const std::vector<std::string>& complaints() const { return complaints_; }

 private:
  enum class State { connecting, opened, joining, in_room };
  static constexpr std::size_t kWindow = 4;  // messages without an answer

  void receive(std::string_view packet);
  void receive_event(std::string_view json);
  void receive_answer(std::string_view rest);
  void enter(const boost::json::object& answer);
  void show(std::uint64_t seq) { seen_.push_back(seq); }
  void post();
  void post_again(int number);
  std::string content_of(int number) const;

  RawClient client_;
  State state_ = State::connecting;
  std::string user_id_;
  std::string room_id_;
  int total_;
  int next_ = 0;
  std::mt19937 random_;
  std::map<int, bool> in_flight_;     // by message; true: sent on this connection
  std::vector<std::uint64_t> early_;  // live messages that came before the answer to the join
  std::vector<std::uint64_t> seen_;
  std::vector<Acknowledged> acknowledged_;
  std::vector<std::string> refused_;
  std::vector<std::string> complaints_;
};

// Creates a room over a connection of its own; the room's id, or nothing when it was refused.
std::optional<std::string> create_room(std::uint16_t port);

}  // namespace lectern::property
