#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <boost/json/object.hpp>

#include "base/uuid.h"

namespace lectern::classroom {

// Names a connection anywhere in the server.
struct ConnectionKey {
  std::uint32_t shard = 0;
  std::uint64_t serial = 0;
  // clang-tidy 14 takes the literal zero behind a defaulted comparison for a null pointer.
  // NOLINTNEXTLINE(modernize-use-nullptr)
  auto operator<=>(const ConnectionKey&) const = default;
};

// Who is in one room: users, each with one or more live connections. Never stored. (D90)
//
// Joining twice and leaving twice changes nothing; a user is present while at least one of their
// connections is. Pure; one thread (the room's owner).
class Presence {
 public:
  struct Person {
    std::string user_id;
    std::string username;
    bool operator==(const Person&) const = default;
  };

  // True: the user was not in the room before. A later name of the same user replaces the first.
  bool join(const ConnectionKey& connection, std::string_view user_id, std::string_view username);
  // True: that was the user's last connection. Unknown connections: nothing happens.
  bool leave(const ConnectionKey& connection);
  // Removes the user; the connections that were theirs.
  std::vector<ConnectionKey> leave_all(std::string_view user_id);

  std::size_t participants() const { return users_.size(); }  // distinct users
  bool contains(std::string_view user_id) const;
  std::vector<ConnectionKey> connections_of(std::string_view user_id) const;
  template <class F>
  void for_each(F f) const {  // (user_id, username), in the order of arrival
    for (const auto& [order, person] : by_arrival_) f(person.user_id, person.username);
  }

  // Whether take_delta() has something to tell.
  bool changed() const { return !delta_.empty(); }
  // The payload of room:presence: {roomId, participants, joined: [{userId, username}…], left: […]},
  // changes since the last call; who came and went in between appears in neither. Linear in the
  // number of changes; call it at most once a second in a large room.
  boost::json::object take_delta(const Uuid& room);

  // The answer to room:participants: {participants: [{userId, username}…], cursor: string or null}.
  // In the order of arrival, so pages neither repeat nor skip who stays. `cursor` is empty or what
  // an answer gave; anything else is the start.
  boost::json::object page(std::string_view cursor, std::size_t limit) const;

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };
  struct User {
    std::uint64_t arrival = 0;
    std::vector<ConnectionKey> connections;
  };
  struct Change {
    bool before = false;  // present when the last delta was taken
    std::string username;
  };

  void note(std::string_view user_id, std::string_view username, bool was_present);

  std::unordered_map<std::string, User, Hash, std::equal_to<>> users_;
  std::map<ConnectionKey, std::string> user_by_connection_;
  std::map<std::uint64_t, Person> by_arrival_;
  std::uint64_t arrivals_ = 0;
  std::map<std::string, Change, std::less<>> delta_;
};

}  // namespace lectern::classroom
