#include "classroom/presence.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace lectern::classroom {
namespace {

boost::json::object person_json(std::string_view user_id, std::string_view username) {
  return {{"userId", user_id}, {"username", username}};
}

}  // namespace

bool Presence::join(const ConnectionKey& connection, std::string_view user_id,
                    std::string_view username) {
  const auto known = user_by_connection_.find(connection);
  if (known != user_by_connection_.end()) {
    if (known->second == user_id) return false;
    leave(connection);
  }
  user_by_connection_.emplace(connection, user_id);
  auto found = users_.find(user_id);
  const bool arrives = found == users_.end();
  if (arrives) {
    found = users_.emplace(std::string(user_id), User{++arrivals_, {}}).first;
    by_arrival_.emplace(arrivals_, Person{std::string(user_id), std::string(username)});
    note(user_id, username, /*was_present=*/false);
  }
  found->second.connections.push_back(connection);
  by_arrival_[found->second.arrival].username = username;
  return arrives;
}

bool Presence::leave(const ConnectionKey& connection) {
  const auto known = user_by_connection_.find(connection);
  if (known == user_by_connection_.end()) return false;
  const auto found = users_.find(known->second);
  user_by_connection_.erase(known);
  auto& connections = found->second.connections;
  connections.erase(std::find(connections.begin(), connections.end(), connection));
  if (!connections.empty()) return false;
  const auto person = by_arrival_.find(found->second.arrival);
  note(person->second.user_id, person->second.username, /*was_present=*/true);
  by_arrival_.erase(person);
  users_.erase(found);
  return true;
}

std::vector<ConnectionKey> Presence::leave_all(std::string_view user_id) {
  auto connections = connections_of(user_id);
  for (const auto& connection : connections) leave(connection);
  return connections;
}

bool Presence::contains(std::string_view user_id) const {
  return users_.find(user_id) != users_.end();
}

std::vector<ConnectionKey> Presence::connections_of(std::string_view user_id) const {
  const auto found = users_.find(user_id);
  return found != users_.end() ? found->second.connections : std::vector<ConnectionKey>{};
}

void Presence::note(std::string_view user_id, std::string_view username, bool was_present) {
  const auto found = delta_.find(user_id);
  if (found == delta_.end()) {
    delta_.emplace(user_id, Change{was_present, std::string(username)});
  } else {
    delta_.erase(found);  // back to what the last delta told
  }
}

boost::json::object Presence::take_delta(const Uuid& room) {
  boost::json::array joined;
  boost::json::array left;
  for (const auto& [user_id, change] : delta_) {
    (change.before ? left : joined).push_back(person_json(user_id, change.username));
  }
  delta_.clear();
  return {{"roomId", room.to_string()},
          {"participants", participants()},
          {"joined", std::move(joined)},
          {"left", std::move(left)}};
}

boost::json::object Presence::page(std::string_view cursor, std::size_t limit) const {
  std::uint64_t last = 0;
  const auto read = std::from_chars(cursor.data(), cursor.data() + cursor.size(), last);
  if (read.ec != std::errc{} || read.ptr != cursor.data() + cursor.size()) last = 0;
  boost::json::array participants;
  auto next = by_arrival_.upper_bound(last);
  for (; next != by_arrival_.end() && participants.size() < limit; ++next) {
    participants.push_back(person_json(next->second.user_id, next->second.username));
    last = next->first;
  }
  boost::json::value following;
  if (next != by_arrival_.end()) following = std::to_string(last);
  return {{"participants", std::move(participants)}, {"cursor", std::move(following)}};
}

}  // namespace lectern::classroom
