#include "server/socket_table.h"

#include "server/server_core.h"
#include "server/server_socket.h"

namespace lectern::server {
namespace {

std::uint32_t place_of(std::uint64_t serial) { return static_cast<std::uint32_t>(serial); }
std::uint32_t generation_of(std::uint64_t serial) {
  return static_cast<std::uint32_t>(serial >> 32U);
}

}  // namespace

std::uint64_t SocketTable::add(ServerSocket& socket) {
  auto place = static_cast<std::uint32_t>(places_.size());
  if (free_.empty()) {
    places_.emplace_back();
  } else {
    place = free_.back();
    free_.pop_back();
  }
  places_[place].socket = &socket;
  const std::uint64_t generation = ++places_[place].generation;
  return generation << 32U | place;
}

void SocketTable::remove(const ServerSocket& socket) {
  const auto serial = socket.ref().serial;
  if (find(serial) != &socket) return;
  rooms_[socket.nsp().index].leave_all(place_of(serial));
  places_[place_of(serial)].socket = nullptr;
  free_.push_back(place_of(serial));
}

ServerSocket* SocketTable::find(std::uint64_t serial) const {
  const auto place = place_of(serial);
  if (place >= places_.size() || places_[place].generation != generation_of(serial)) return nullptr;
  return places_[place].socket;
}

void SocketTable::join(const ServerSocket& socket, std::string_view room) {
  rooms_[socket.nsp().index].join(place_of(socket.ref().serial), room);
}

void SocketTable::leave(const ServerSocket& socket, std::string_view room) {
  if (find(socket.ref().serial) != &socket) return;
  rooms_[socket.nsp().index].leave(place_of(socket.ref().serial), room);
}

bool SocketTable::in(const ServerSocket& socket, std::string_view room) const {
  return find(socket.ref().serial) == &socket &&
         rooms_[socket.nsp().index].contains(place_of(socket.ref().serial), room);
}

}  // namespace lectern::server
