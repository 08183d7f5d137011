#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <lectern/arguments.h>
#include <lectern/error.h>

namespace lectern::redis {

// The messages between the nodes of a cluster of @socket.io/redis-adapter 8, createAdapter(), and
// from @socket.io/redis-emitter. Broadcasts, and questions to clients with their answers, are
// MessagePack in the dialect of notepack (protocol/msgpack_value.h); everything else is JSON. Keys
// are written in the order in which Node.js writes them.
//
// What comes on a channel was written by anybody: readers give malformed_packet for everything that
// they cannot use, and ignore keys that they do not know.

// Whom a message means: members of any of `rooms`, all sockets when there is none, without the
// members of `except`. Numbers among them are read as their decimal text.
struct Target {
  std::vector<std::string> rooms;
  std::vector<std::string> except;
};

// An event to clients.
struct ClassicEvent {
  std::string name;
  Arguments arguments;
};

// The arguments of an event, seen where they lie.
struct EventView {
  std::string_view name;
  std::span<const boost::json::value> values;
  std::span<const std::string> attachments;
};

// On a broadcast channel: [uid, packet, opts].
struct ClassicBroadcast {
  std::string uid;  // of the node that sent it, "emitter" of those that are none
  std::string nsp;
  Target to;
  bool is_volatile = false;
  ClassicEvent event;
};
std::string encode_broadcast(std::string_view uid, std::string_view nsp, const Target& to,
                             bool is_volatile, const EventView& event);
[[nodiscard]] Result<ClassicBroadcast> decode_broadcast(std::string_view bytes);
// Whether a broadcast is of that node, without reading the rest of it: Redis brings a node its own.
bool is_broadcast_of(std::string_view uid, std::string_view bytes);

// The numbers are on the wire.
enum class RequestType : std::uint8_t {
  sockets = 0,  // not asked any more, but answered
  all_rooms = 1,
  join = 2,
  leave = 3,
  disconnect = 4,
  fetch = 5,
  server_side_emit = 6,
  broadcast = 7,  // with acknowledgements
};

// On the request channel.
struct Request {
  RequestType type = RequestType::sockets;
  std::string uid;  // "" when it has none
  std::string id;   // "" when no answer is wanted
  Target to;
  std::vector<std::string> rooms;  // join, leave, sockets
  // Of old nodes: one socket instead of `to`, which is then acknowledged. join, leave, disconnect.
  std::optional<std::string> sid;
  bool close = false;                              // disconnect
  boost::json::array data;                         // server_side_emit: the name and the arguments
  ClassicEvent event;                              // broadcast
  std::optional<std::chrono::milliseconds> limit;  // broadcast, when the asking node says
};
std::string encode_join(std::string_view uid, const Target& to, std::string_view room);
std::string encode_leave(std::string_view uid, const Target& to, std::string_view room);
std::string encode_disconnect(std::string_view uid, const Target& to, bool close);
std::string encode_fetch(std::string_view uid, std::string_view id, const Target& to);
// Without an id no answer is wanted.
std::string encode_server_side_emit(std::string_view uid, std::string_view id,
                                    std::string_view name, const boost::json::array& arguments);
std::string encode_question(std::string_view uid, std::string_view id, std::string_view nsp,
                            const Target& to, std::chrono::milliseconds limit,
                            const EventView& event);
[[nodiscard]] Result<Request> decode_request(std::string_view bytes);

// On the response channels. Which of the values matters is known to whoever asked.
struct Response {
  std::string id;
  std::optional<std::size_t> clients;  // how many were asked
  std::optional<Arguments> answer;     // of a client, one value
  boost::json::array sockets;          // of a fetch: {id, handshake, rooms, data} each
  boost::json::value data;             // of a server; null when it said nothing
};
std::string encode_sockets(std::string_view id, boost::json::array sockets);
std::string encode_rooms(std::string_view id, boost::json::array rooms);
std::string encode_done(std::string_view id);
std::string encode_data(std::string_view id, const boost::json::value& data);
std::string encode_client_count(std::string_view id, std::size_t clients);
// The first argument of an acknowledgement is all that is told.
std::string encode_client_answer(std::string_view id, const Arguments& answer);
[[nodiscard]] Result<Response> decode_response(std::string_view bytes);

}  // namespace lectern::redis
