#include "server/socket_table.h"

#include <algorithm>
#include <functional>
#include <span>

#include "server/server_socket.h"
#include "server/session.h"

namespace lectern::server {
namespace {

std::uint32_t place_of(std::uint64_t serial) { return static_cast<std::uint32_t>(serial); }
std::uint32_t place_of(const ServerSocket& socket) { return place_of(socket.serial()); }
std::uint32_t generation_of(std::uint64_t serial) {
  return static_cast<std::uint32_t>(serial >> 32U);
}

}  // namespace

ShardNamespace& SocketTable::add_namespace(std::string_view name, Namespace& handlers,
                                           bool is_dynamic) {
  auto added = std::make_unique<ShardNamespace>();
  added->name = name;
  added->handlers = &handlers;
  added->is_dynamic = is_dynamic;
  ShardNamespace& nsp = *added;
  namespaces_.emplace(nsp.name, std::move(added));
  return nsp;
}

ShardNamespace* SocketTable::find_namespace(std::string_view name) const {
  const auto found = namespaces_.find(name);
  return found == namespaces_.end() ? nullptr : found->second.get();
}

std::vector<std::string> SocketTable::drop_empty_namespaces() {
  std::vector<std::string> dropped;
  for (auto& name : std::exchange(maybe_empty_, {})) {
    const auto found = namespaces_.find(name);
    if (found == namespaces_.end() || found->second->sockets > 0) continue;
    namespaces_.erase(found);
    dropped.push_back(std::move(name));
  }
  return dropped;
}

std::uint64_t SocketTable::add(ServerSocket& socket) {
  auto place = static_cast<std::uint32_t>(places_.size());
  if (free_.empty()) {
    places_.emplace_back();
  } else {
    place = free_.back();
    free_.pop_back();
  }
  places_[place].socket = &socket;
  ++socket.nsp().sockets;
  const std::uint64_t generation = ++places_[place].generation;
  return generation << 32U | place;
}

void SocketTable::connected(ServerSocket& socket) {
  auto& all = socket.nsp().all;
  places_[place_of(socket)].rank = static_cast<std::uint32_t>(all.size());
  all.push_back(place_of(socket));
  by_id_.insert(place_of(socket));
}

void SocketTable::remove(const ServerSocket& socket) {
  if (find(socket.serial()) != &socket) return;
  const auto place = place_of(socket);
  ShardNamespace& nsp = socket.nsp();
  nsp.rooms.leave_all(place);
  if (const auto known = by_id_.find(place); known != by_id_.end()) by_id_.erase(known);
  const auto rank = places_[place].rank;
  if (rank < nsp.all.size() && nsp.all[rank] == place) {
    nsp.all[rank] = nsp.all.back();
    places_[nsp.all[rank]].rank = rank;
    nsp.all.pop_back();
  }
  if (--nsp.sockets == 0 && nsp.is_dynamic) maybe_empty_.push_back(nsp.name);
  places_[place].socket = nullptr;
  free_.push_back(place);
}

ServerSocket* SocketTable::find(std::uint64_t serial) const {
  const auto place = place_of(serial);
  if (place >= places_.size() || places_[place].generation != generation_of(serial)) return nullptr;
  return places_[place].socket;
}

std::size_t SocketTable::ById::operator()(std::string_view id) const {
  return std::hash<std::string_view>{}(id);
}

std::size_t SocketTable::ById::operator()(std::uint32_t place) const {
  return (*this)(table->places_[place].socket->id());
}

bool SocketTable::ById::operator()(std::uint32_t place, std::string_view id) const {
  return table->places_[place].socket->id() == id;
}

std::uint32_t SocketTable::owner_of(const ShardNamespace& nsp, std::string_view room) const {
  const auto found = by_id_.find(room);
  if (found == by_id_.end()) return kNowhere;
  const ServerSocket& socket = *places_[*found].socket;
  return &socket.nsp() == &nsp && socket.in_own_room() ? *found : kNowhere;
}

void SocketTable::join(ServerSocket& socket, std::string_view room) {
  if (room == socket.id()) return socket.be_in_own_room(true);
  socket.nsp().rooms.join(place_of(socket), room);
}

void SocketTable::leave(ServerSocket& socket, std::string_view room) {
  if (room == socket.id()) return socket.be_in_own_room(false);
  if (find(socket.serial()) == &socket) socket.nsp().rooms.leave(place_of(socket), room);
}

bool SocketTable::in(const ServerSocket& socket, std::string_view room) const {
  if (find(socket.serial()) != &socket) return false;
  if (room == socket.id()) return socket.in_own_room();
  return socket.nsp().rooms.contains(place_of(socket), room);
}

std::vector<std::string> SocketTable::rooms_of(const ServerSocket& socket) const {
  if (find(socket.serial()) != &socket) return {};
  auto rooms = socket.nsp().rooms.rooms_of(place_of(socket));
  if (socket.in_own_room()) rooms.emplace_back(socket.id());
  return rooms;
}

void SocketTable::look_ahead(std::span<const std::uint32_t> places, std::size_t at) const {
  constexpr std::size_t kStep = 4;
  const auto socket = [&](std::size_t i) -> ServerSocket* {
    return i < places.size() ? places_[places[i]].socket : nullptr;
  };
  if (auto* const third = socket(at + 3 * kStep)) __builtin_prefetch(third);
  if (auto* const second = socket(at + 2 * kStep)) __builtin_prefetch(&second->session());
  if (auto* const first = socket(at + kStep)) first->session().expect_send();
}

void SocketTable::collect(const Selection& selection, std::vector<std::uint32_t>& places) const {
  const auto* nsp = find_namespace(selection.nsp);
  if (!nsp) return;
  if (selection.rooms.empty()) {
    places = nsp->all;
  } else {
    const std::span<const std::string> rooms = selection.rooms;
    if (rooms.size() == 1)
      places = nsp->rooms.members(rooms.front());
    else
      nsp->rooms.for_each_in(rooms, [&](auto member) { places.push_back(member); });
    for (std::size_t i = 0; i < rooms.size(); ++i) {
      const auto owner = owner_of(*nsp, rooms[i]);
      const auto earlier = rooms.first(i);
      const bool known = owner == kNowhere || nsp->rooms.in_any(owner, rooms) ||
                         std::find(earlier.begin(), earlier.end(), rooms[i]) != earlier.end();
      if (!known) places.push_back(owner);
    }
  }
  leave_out(selection, places);
}

void SocketTable::leave_out(const Selection& selection, std::vector<std::uint32_t>& places) const {
  if (selection.except_rooms.empty() && selection.except == SocketRef{}) return;
  const auto* nsp = find_namespace(selection.nsp);
  std::vector<std::uint32_t> out;
  const auto* const except = find(selection.except.serial);
  if (except && except->ref() == selection.except) out.push_back(place_of(*except));
  for (const auto& room : selection.except_rooms)
    if (const auto owner = owner_of(*nsp, room); owner != kNowhere) out.push_back(owner);
  std::erase_if(places, [&](std::uint32_t place) {
    return std::find(out.begin(), out.end(), place) != out.end() ||
           nsp->rooms.in_any(place, selection.except_rooms);
  });
}

}  // namespace lectern::server
