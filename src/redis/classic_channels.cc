#include "redis/classic_channels.h"

namespace lectern::redis {
namespace {

std::string named(std::string_view key, std::string_view kind, std::string_view nsp) {
  std::string name(key);
  name += kind;
  name += '#';
  name += nsp;
  return name += '#';
}

}  // namespace

ClassicChannels::ClassicChannels(std::string_view key, std::string_view nsp, std::string_view uid)
    : broadcast(named(key, "", nsp)),
      pattern(escape_pattern(broadcast) + '*'),
      request(named(key, "-request", nsp)),
      response(named(key, "-response", nsp)),
      own_response(response + std::string(uid) + '#') {}

std::string broadcast_channel(std::string_view key, std::string_view nsp,
                              std::span<const std::string> rooms) {
  auto channel = named(key, "", nsp);
  if (rooms.size() == 1) (channel += rooms.front()) += '#';
  return channel;
}

std::string escape_pattern(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '*' || c == '?' || c == '[' || c == ']' || c == '\\') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

}  // namespace lectern::redis
