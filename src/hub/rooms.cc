#include "hub/rooms.h"

#include <cassert>
#include <utility>

namespace lectern::hub {

bool Rooms::join(Member member, std::string_view room) {
  const auto found = index_.find(room);
  if (found != index_.end() && find(member, found->second) != kNone) return false;
  const auto slot = found == index_.end() ? new_room(room) : found->second;
  auto& members = rooms_[slot].members;
  add(member, {slot, static_cast<std::uint32_t>(members.size()), kNone});
  members.push_back(member);
  return true;
}

std::uint32_t Rooms::new_room(std::string_view name) {
  auto slot = static_cast<std::uint32_t>(rooms_.size());
  if (free_.empty()) {
    rooms_.emplace_back();
  } else {
    slot = free_.back();
    free_.pop_back();
  }
  rooms_[slot].name = name;
  index_.emplace(std::string(name), slot);
  return slot;
}

void Rooms::add(Member member, Membership membership) {
  auto& first = first_.try_emplace(member, kNone).first->second;
  membership.next = first;
  first = free_membership_;
  if (first == kNone) {
    first = static_cast<std::uint32_t>(memberships_.size());
    memberships_.push_back(membership);
  } else {
    free_membership_ = memberships_[first].next;
    memberships_[first] = membership;
  }
}

bool Rooms::leave(Member member, std::string_view room) {
  const auto found = index_.find(room);
  const auto mine = first_.find(member);
  if (found == index_.end() || mine == first_.end()) return false;
  std::uint32_t* link = &mine->second;
  while (*link != kNone && memberships_[*link].room != found->second)
    link = &memberships_[*link].next;
  const auto left = *link;
  if (left == kNone) return false;
  *link = memberships_[left].next;
  if (mine->second == kNone) first_.erase(mine);
  remove(member, left);
  return true;
}

void Rooms::leave_all(Member member) {
  auto left = first_of(member);
  first_.erase(member);
  while (left != kNone) {
    const auto next = memberships_[left].next;
    remove(member, left);
    left = next;
  }
}

bool Rooms::contains(Member member, std::string_view room) const {
  const auto found = index_.find(room);
  return found != index_.end() && find(member, found->second) != kNone;
}

const std::vector<Rooms::Member>& Rooms::members(std::string_view room) const {
  static const std::vector<Member> nobody;
  const auto found = index_.find(room);
  return found == index_.end() ? nobody : rooms_[found->second].members;
}

std::vector<std::string> Rooms::rooms_of(Member member) const {
  std::vector<std::string> names;
  for (auto at = first_of(member); at != kNone; at = memberships_[at].next)
    names.push_back(rooms_[memberships_[at].room].name);
  return names;
}

std::uint32_t Rooms::first_of(Member member) const {
  const auto found = first_.find(member);
  return found == first_.end() ? kNone : found->second;
}

std::uint32_t Rooms::find(Member member, std::uint32_t room) const {
  auto at = first_of(member);
  while (at != kNone && memberships_[at].room != room) at = memberships_[at].next;
  return at;
}

// The last member takes the place that became free.
void Rooms::remove(Member member, std::uint32_t membership) {
  const Membership left = memberships_[membership];
  memberships_[membership].next = std::exchange(free_membership_, membership);
  Room& room = rooms_[left.room];
  assert(room.members[left.place] == member);
  const Member last = room.members.back();
  room.members.pop_back();
  if (last != member) {
    room.members[left.place] = last;
    memberships_[find(last, left.room)].place = left.place;
  }
  if (!room.members.empty()) return;
  index_.erase(index_.find(room.name));
  room = {};
  free_.push_back(left.room);
}

}  // namespace lectern::hub
