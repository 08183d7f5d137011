#pragma once

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace lectern::server {

// An Engine.IO sid: 20 base64url characters of 112 random bits and the number of the shard that
// owns the session, so that any shard knows whom a request concerns.
inline constexpr std::size_t kSessionIdSize = 20;
inline constexpr unsigned kMaxShards = 256;

// An id of either kind, held without a string.
class ShortId {
 public:
  ShortId() = default;  // empty
  explicit ShortId(std::string_view text) {
    assert(text.size() == kSessionIdSize);
    std::copy(text.begin(), text.end(), text_.begin());
  }
  std::string_view view() const { return {text_.data(), empty() ? 0 : text_.size()}; }
  bool empty() const { return text_.front() == '\0'; }

 private:
  std::array<char, kSessionIdSize> text_{};
};

std::string new_session_id(unsigned shard);
// Nullopt when it is not the form of a sid.
std::optional<unsigned> shard_of(std::string_view sid);

// The value of Set-Cookie with a sid in it.
std::string session_cookie(std::string_view name, std::string_view sid);

// The public id of a socket: as long, and random throughout. It has nothing to do with the sid,
// which is a secret between the client and the server.
std::string new_socket_id();

}  // namespace lectern::server
