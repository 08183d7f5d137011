#pragma once

#include <span>
#include <string>
#include <string_view>

namespace lectern::redis {

// The channels of one namespace in a cluster of @socket.io/redis-adapter, createAdapter(). `nsp`
// has its slash: "socket.io#/#room#", "socket.io-request#/chat#".
struct ClassicChannels {
  // `key` is the adapter's option of that name, `uid` this node.
  ClassicChannels(std::string_view key, std::string_view nsp, std::string_view uid);

  std::string broadcast;     // to everybody; the beginning of the others, too
  std::string pattern;       // of all broadcasts, for PSUBSCRIBE
  std::string request;       // questions to all nodes
  std::string response;      // answers to all nodes
  std::string own_response;  // answers to this node alone
};

// Where a broadcast goes: to the channel of its room when it has exactly one.
std::string broadcast_channel(std::string_view key, std::string_view nsp,
                              std::span<const std::string> rooms);

// `text` with a backslash before what means something in a pattern of Redis: * ? [ ] and itself.
std::string escape_pattern(std::string_view text);

}  // namespace lectern::redis
