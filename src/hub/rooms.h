#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

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
  struct Membership {
    std::uint32_t room;
    std::uint32_t place;  // in the room's list of members
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

  Membership* find(Member member, std::uint32_t room);
  void remove(Member member, Membership membership);

  std::vector<Room> rooms_;
  std::vector<std::uint32_t> free_;
  std::unordered_map<std::string, std::uint32_t, NameHash, std::equal_to<>> index_;
  std::unordered_map<Member, std::vector<Membership>> memberships_;
};

}  // namespace lectern::hub
