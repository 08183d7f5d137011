#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

namespace lectern::hub {

// Who is in which room, for the sockets of one namespace on one shard. Members are the caller's
// small integers. Joining, leaving and removing cost O(1) per room; a room exists while it has
// members. Not safe to share between threads.
class Rooms {
 public:
  using Member = std::uint32_t;

  // False when the member is in the room already.
  bool join(Member member, std::string_view room);
  // False when the member is not in the room.
  bool leave(Member member, std::string_view room);
  void leave_all(Member member);

  bool contains(Member member, std::string_view room) const;
  std::size_t rooms() const { return index_.size(); }

  // The members of a room, in no order. Valid until the next change.
  const std::vector<Member>& members(std::string_view room) const;
  // The rooms of a member, in no order.
  std::vector<std::string> rooms_of(Member member) const;

  // Calls f(Member) once for each member of any of `rooms`; f must not change who is where.
  template <class F>
  void for_each_in(std::span<const std::string> rooms, F f) const {
    for (std::size_t i = 0; i < rooms.size(); ++i) {
      for (const Member member : members(rooms[i]))
        if (!in_any(member, rooms.first(i))) f(member);
    }
  }
  bool in_any(Member member, std::span<const std::string> rooms) const {
    return std::any_of(rooms.begin(), rooms.end(),
                       [&](const std::string& room) { return contains(member, room); });
  }

 private:
  static constexpr std::uint32_t kNone = 0xffffffff;

  // One of a member's rooms, in a chain of them.
  struct Membership {
    std::uint32_t room;
    std::uint32_t place;  // in the room's list of members
    std::uint32_t next;   // in the chain, or of those that are free
  };
  struct Room {
    std::string name;
    std::vector<Member> members;
  };
  struct NameHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view name) const {
      return std::hash<std::string_view>{}(name);
    }
  };

  std::uint32_t first_of(Member member) const;
  std::uint32_t find(Member member, std::uint32_t room) const;  // or kNone
  std::uint32_t new_room(std::string_view name);
  void add(Member member, Membership membership);
  // Takes a membership out of the room and gives its place away.
  void remove(Member member, std::uint32_t membership);

  std::vector<Room> rooms_;
  std::vector<std::uint32_t> free_;
  std::unordered_map<std::string, std::uint32_t, NameHash, std::equal_to<>> index_;
  std::vector<Membership> memberships_;
  std::uint32_t free_membership_ = kNone;
  boost::unordered_flat_map<Member, std::uint32_t> first_;  // of each member's chain
};

}  // namespace lectern::hub
