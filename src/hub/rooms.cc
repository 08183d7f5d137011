#include "hub/rooms.h"

#include <algorithm>
#include <cassert>

namespace lectern::hub {

bool Rooms::join(Member member, std::string_view room) {
  auto found = index_.find(room);
  if (found == index_.end()) {
    std::uint32_t slot = static_cast<std::uint32_t>(rooms_.size());
    if (free_.empty()) {
      rooms_.emplace_back();
    } else {
      slot = free_.back();
      free_.pop_back();
    }
    rooms_[slot].name = room;
    found = index_.emplace(std::string(room), slot).first;
  } else if (find(member, found->second)) {
    return false;
  }
  Room& joined = rooms_[found->second];
  memberships_[member].push_back(
      {found->second, static_cast<std::uint32_t>(joined.members.size())});
  joined.members.push_back(member);
  return true;
}

bool Rooms::leave(Member member, std::string_view room) {
  const auto found = index_.find(room);
  if (found == index_.end()) return false;
  Membership* const membership = find(member, found->second);
  if (!membership) return false;
  const Membership left = *membership;
  auto& mine = memberships_.find(member)->second;
  *membership = mine.back();
  mine.pop_back();
  if (mine.empty()) memberships_.erase(member);
  remove(member, left);
  return true;
}

void Rooms::leave_all(Member member) {
  const auto found = memberships_.find(member);
  if (found == memberships_.end()) return;
  const auto mine = std::move(found->second);
  memberships_.erase(found);
  for (const Membership& membership : mine) remove(member, membership);
}

bool Rooms::contains(Member member, std::string_view room) const {
  const auto found = index_.find(room);
  return found != index_.end() && const_cast<Rooms*>(this)->find(member, found->second) != nullptr;
}

const std::vector<Rooms::Member>& Rooms::members(std::string_view room) const {
  static const std::vector<Member> nobody;
  const auto found = index_.find(room);
  return found == index_.end() ? nobody : rooms_[found->second].members;
}

std::vector<std::string> Rooms::rooms_of(Member member) const {
  std::vector<std::string> names;
  const auto found = memberships_.find(member);
  if (found == memberships_.end()) return names;
  for (const Membership& membership : found->second) names.push_back(rooms_[membership.room].name);
  return names;
}

Rooms::Membership* Rooms::find(Member member, std::uint32_t room) {
  const auto found = memberships_.find(member);
  if (found == memberships_.end()) return nullptr;
  const auto at = std::find_if(found->second.begin(), found->second.end(),
                               [room](const Membership& m) { return m.room == room; });
  return at == found->second.end() ? nullptr : &*at;
}

// The last member takes the place that became free.
void Rooms::remove(Member member, Membership membership) {
  Room& room = rooms_[membership.room];
  assert(room.members[membership.place] == member);
  const Member last = room.members.back();
  room.members.pop_back();
  if (last != member) {
    room.members[membership.place] = last;
    find(last, membership.room)->place = membership.place;
  }
  if (!room.members.empty()) return;
  index_.erase(index_.find(room.name));
  room = {};
  free_.push_back(membership.room);
}

}  // namespace lectern::hub
