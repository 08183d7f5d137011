#include "server/recovery.h"

#include <algorithm>
#include <iterator>
#include <unordered_set>
#include <utility>

namespace lectern::server {
namespace {

// What a remembered packet or socket costs beside its bytes.
constexpr std::size_t kOverhead = 256;

// The part of a private id by which it is found. The rest is the secret, and is compared in a time
// that tells nothing about it.
constexpr std::size_t kHandle = 8;

bool same_secret(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    difference |= static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]);
  return difference == 0;
}

using Rooms = std::unordered_set<std::string_view>;

bool in_any(const Rooms& rooms, const std::vector<std::string>& wanted) {
  return std::any_of(wanted.begin(), wanted.end(),
                     [&rooms](const std::string& room) { return rooms.contains(room); });
}

bool is_for(const Selection& to, const LostSocket& socket, const Rooms& rooms) {
  return to.nsp == socket.nsp && (to.rooms.empty() || in_any(rooms, to.rooms)) &&
         !in_any(rooms, to.except_rooms) && !(to.except == socket.ref);
}

}  // namespace

void Recovery::remember(DeliveryPtr delivery, SteadyClock::time_point now) {
  const std::size_t bytes = delivery->packet.wire_size() + kOverhead;
  packets_.push_back({std::move(delivery), now, bytes});
  packet_bytes_ += bytes;
  expire(now);
}

void Recovery::keep(const std::string& pid, LostSocket socket, SteadyClock::time_point now) {
  const auto handle = std::string_view(pid).substr(0, kHandle);
  if (const auto known = by_handle_.find(handle); known != by_handle_.end())
    forget_lost(known->second);
  std::size_t bytes = kOverhead;
  for (const auto& room : socket.rooms) bytes += room.size() + sizeof(std::string);
  lost_.push_back({pid, std::move(socket), now, bytes});
  lost_bytes_ += bytes;
  const auto added = std::prev(lost_.end());
  by_handle_.emplace(std::string_view(added->pid).substr(0, kHandle), added);
  expire(now);
}

std::optional<LostSocket> Recovery::take(std::string_view pid, std::string_view nsp,
                                         SteadyClock::time_point now) {
  expire(now);
  const auto found = by_handle_.find(pid.substr(0, kHandle));
  if (found == by_handle_.end() || !same_secret(found->second->pid, pid)) return std::nullopt;
  auto socket = std::move(found->second->socket);
  forget_lost(found->second);
  if (socket.nsp != nsp) return std::nullopt;
  return socket;
}

std::optional<LogPosition> Recovery::locate(const RecoveryStart& start,
                                            std::string_view offset) const {
  std::optional<LogPosition> position;
  const auto found =
      std::find_if(packets_.rbegin(), packets_.rend(), [offset](const Packet& packet) {
        return !offset.empty() && packet.delivery->offset == offset;
      });
  if (found != packets_.rend()) {
    position = first_ + static_cast<LogPosition>(packets_.rend() - found);
  } else if (offset.empty() || offset == start.offset) {
    position = start.position;
  }
  return position && *position >= first_ ? position : std::nullopt;
}

std::optional<std::vector<DeliveryPtr>> Recovery::missed(const LostSocket& socket) const {
  if (socket.start.position < first_) return std::nullopt;
  // There may be many of both: rooms that a client chose, and packets since it was lost.
  const Rooms rooms(socket.rooms.begin(), socket.rooms.end());
  std::vector<DeliveryPtr> deliveries;
  for (auto i = socket.start.position - first_; i < packets_.size(); ++i)
    if (is_for(packets_[i].delivery->to, socket, rooms)) deliveries.push_back(packets_[i].delivery);
  return deliveries;
}

void Recovery::expire(SteadyClock::time_point now) {
  const auto too_old = now - duration_;
  while (!packets_.empty() && (packets_.front().at < too_old || packet_bytes_ > max_bytes_)) {
    packet_bytes_ -= packets_.front().bytes;
    packets_.pop_front();
    ++first_;
  }
  while (!lost_.empty() && (lost_.front().at < too_old || lost_bytes_ > max_bytes_))
    forget_lost(lost_.begin());
}

void Recovery::forget_lost(LostList::iterator lost) {
  by_handle_.erase(std::string_view(lost->pid).substr(0, kHandle));
  lost_bytes_ -= lost->bytes;
  lost_.erase(lost);
}

}  // namespace lectern::server
