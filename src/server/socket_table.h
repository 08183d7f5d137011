#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <boost/unordered/unordered_flat_set.hpp>

#include <lectern/broadcast.h>
#include <lectern/server.h>

#include "hub/rooms.h"

namespace lectern::server {

class ServerSocket;

// A namespace as one shard sees it: its handlers, which all shards share, and who is in it here.
struct ShardNamespace {
  std::string name;
  Namespace* handlers = nullptr;
  bool is_dynamic = false;         // exists while it has sockets
  hub::Rooms rooms;                // members are places in the SocketTable
  std::vector<std::uint32_t> all;  // every connected socket
  std::size_t sockets = 0;         // also those that wait for a middleware, or ended in this turn
};

// The sockets of one shard: by the serial of their SocketRef, by namespace and by room. A serial is
// a place in the table and how often that place was taken, so that finding costs one comparison.
//
// Each socket is in a room of its own, which its id names. Nothing is kept for these rooms but
// where to find the socket by its id.
class SocketTable {
 public:
  SocketTable() = default;
  SocketTable(const SocketTable&) = delete;
  SocketTable& operator=(const SocketTable&) = delete;

  ShardNamespace& add_namespace(std::string_view name, Namespace& handlers, bool is_dynamic);
  ShardNamespace* find_namespace(std::string_view name) const;
  // Forgets dynamic namespaces that became empty, and names them.
  std::vector<std::string> drop_empty_namespaces();

  std::uint64_t add(ServerSocket& socket);
  void connected(ServerSocket& socket);     // broadcasts reach it from now on
  void remove(const ServerSocket& socket);  // from its rooms, too
  ServerSocket* find(std::uint64_t serial) const;

  void join(ServerSocket& socket, std::string_view room);
  void leave(ServerSocket& socket, std::string_view room);
  bool in(const ServerSocket& socket, std::string_view room) const;
  std::vector<std::string> rooms_of(const ServerSocket& socket) const;

  // Calls f(ServerSocket&) for each connected socket that is meant. f may change who is where, and
  // may end sockets; what it ends is not visited any more.
  template <class F>
  void for_each(const Selection& selection, F f) {
    auto places = std::exchange(scratch_, {});
    collect(selection, places);
    for (std::size_t i = 0; i < places.size(); ++i) {
      look_ahead(places, i);
      if (ServerSocket* const socket = places_[places[i]].socket) f(*socket);
    }
    places.clear();
    scratch_ = std::move(places);
  }

 private:
  struct Place {
    ServerSocket* socket = nullptr;
    std::uint32_t generation = 0;
    std::uint32_t rank = 0;  // its index in ShardNamespace::all
  };

  static constexpr std::uint32_t kNowhere = 0xffffffff;

  // Hashes and compares places by the ids of the sockets there.
  struct ById {
    using is_transparent = void;
    const SocketTable* table;
    std::size_t operator()(std::uint32_t place) const;
    std::size_t operator()(std::string_view id) const;
    bool operator()(std::uint32_t a, std::uint32_t b) const { return a == b; }
    bool operator()(std::uint32_t place, std::string_view id) const;
    bool operator()(std::string_view id, std::uint32_t place) const { return (*this)(place, id); }
  };

  void collect(const Selection& selection, std::vector<std::uint32_t>& places) const;
  // The members of a large room are all over the memory: has the processor fetch those that follow.
  void look_ahead(std::span<const std::uint32_t> places, std::size_t at) const;
  void leave_out(const Selection& selection, std::vector<std::uint32_t>& places) const;
  // Where the socket is whose own room this is, and that has not left it.
  std::uint32_t owner_of(const ShardNamespace& nsp, std::string_view room) const;

  std::vector<Place> places_;
  std::vector<std::uint32_t> free_;
  boost::unordered_flat_set<std::uint32_t, ById, ById> by_id_{0, ById{this}, ById{this}};
  std::unordered_map<std::string_view, std::unique_ptr<ShardNamespace>> namespaces_;  // by its name
  std::vector<std::string> maybe_empty_;  // dynamic namespaces
  std::vector<std::uint32_t> scratch_;    // memory for collect(), kept from call to call
};

}  // namespace lectern::server
