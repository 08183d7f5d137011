#include "server/remote_socket.h"

#include <string>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <lectern/options.h>

#include "server/server_socket.h"
#include "server/shard.h"

namespace lectern::server {
namespace {

namespace json = boost::json;

json::object handshake_of(ServerSocket& socket) {
  const Handshake handshake = static_cast<Socket&>(socket).handshake();
  json::object headers{{"user-agent", handshake.user_agent}};
  if (!handshake.forwarded_for.empty()) headers["x-forwarded-for"] = handshake.forwarded_for;
  return {{"headers", std::move(headers)},
          {"address", handshake.address},
          {"xdomain", false},
          {"secure", false},
          {"url", socket.shard().options().path + '?' + std::string(handshake.query)},
          {"auth", socket.auth().is_null() ? json::value(json::object()) : socket.auth()}};
}

}  // namespace

json::value describe(ServerSocket& socket) {
  const auto rooms = static_cast<Socket&>(socket).rooms();
  return json::object{{"id", socket.id()},
                      {"handshake", handshake_of(socket)},
                      {"rooms", json::array(rooms.begin(), rooms.end())},
                      {"data", json::object()}};
}

std::optional<RemoteSocket> read_remote_socket(const json::value& description) {
  const auto* const object = description.if_object();
  const auto* const id = object == nullptr ? nullptr : object->if_contains("id");
  const auto* const rooms = object == nullptr ? nullptr : object->if_contains("rooms");
  if (id == nullptr || !id->is_string() || rooms == nullptr || !rooms->is_array())
    return std::nullopt;
  RemoteSocket socket;
  socket.id = std::string_view(id->get_string());
  for (const auto& room : rooms->get_array()) {
    if (const auto* const name = room.if_string())
      socket.rooms.emplace_back(std::string_view(*name));
    else if (const auto* const number = room.if_int64())
      socket.rooms.push_back(std::to_string(*number));  // JavaScript has such rooms
  }
  return socket;
}

}  // namespace lectern::server
