#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "load/swarm.h"

namespace lectern::load {

// What the generator says to a server over WebSocket, and what it hears.
//
// socket_io is Engine.IO 4 with Socket.IO 5: CONNECT, then the events `join` (room, acknowledged),
// `publish` (room, text; every member gets `published` with the text) and `echo` (text,
// acknowledged with it). raw is for servers without any of that: "j" joins the one room and is
// answered "j", "p" and bytes sends the bytes to the members, "e" and bytes sends them back. The
// bytes are the packets that a Socket.IO server would send, so that both move the same.
enum class Dialect { socket_io, raw };

// What one connection wants before it is of use.
struct Entry {
  std::string token;  // for the payload of CONNECT; "": none
  bool join = false;
};

// The server at a port of this machine that speaks it.
Peer peer_of(Dialect dialect, std::uint16_t port);

// What is said between the upgrade and the first message of a workload.
std::vector<Step> entry_script(Dialect dialect, const Entry& entry);

// Messages: what a client sends, without frame. `text` needs no escapes in JSON.
std::string publish_message(Dialect dialect, std::string_view text);
std::string echo_message(Dialect dialect, std::uint32_t id, std::string_view text);

// What a member hears of publish_message(): the text; nullopt when it is anything else.
std::optional<std::string_view> published_text(std::string_view message);

// The id of the echo_message() that this answers; nullopt when it is anything else.
std::optional<std::uint32_t> echoed_id(std::string_view message);

// A text of `size` bytes, at least 8, that carries a number, and the number of such a text.
std::string numbered_text(std::uint32_t number, std::size_t size);
std::optional<std::uint32_t> number_of_text(std::string_view text);

}  // namespace lectern::load
