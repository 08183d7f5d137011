#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "hub/rooms.h"

namespace lectern::server {

class ServerSocket;

// The sockets of one shard: by the serial of their SocketRef, and by room. A serial is a place in
// the table and how often that place was taken, so that finding costs one comparison.
class SocketTable {
 public:
  explicit SocketTable(std::size_t namespaces) : rooms_(namespaces) {}

  std::uint64_t add(ServerSocket& socket);
  void remove(const ServerSocket& socket);  // from its rooms, too
  ServerSocket* find(std::uint64_t serial) const;

  void join(const ServerSocket& socket, std::string_view room);
  void leave(const ServerSocket& socket, std::string_view room);
  bool in(const ServerSocket& socket, std::string_view room) const;

  // Calls f(ServerSocket&) for each member; f must not change who is where.
  template <class F>
  void for_each_in(std::uint32_t nsp, std::string_view room, F f) const {
    for (const auto member : rooms_[nsp].members(room)) f(*places_[member].socket);
  }
  template <class F>
  void for_each(F f) const {
    for (const auto& place : places_)
      if (place.socket) f(*place.socket);
  }

 private:
  struct Place {
    ServerSocket* socket = nullptr;
    std::uint32_t generation = 0;
  };

  std::vector<Place> places_;
  std::vector<std::uint32_t> free_;
  std::vector<hub::Rooms> rooms_;  // by namespace
};

}  // namespace lectern::server
