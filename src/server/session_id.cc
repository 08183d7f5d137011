#include "server/session_id.h"

#include <array>
#include <span>

#include "base/base64.h"
#include "base/random.h"

namespace lectern::server {
namespace {

using Bytes = std::array<char, 15>;

Bytes random_bytes() {
  Bytes bytes;
  fill_random(std::as_writable_bytes(std::span(bytes)));
  return bytes;
}

std::string encoded(const Bytes& bytes) {
  return base64url_encode(std::string_view(bytes.data(), bytes.size()));
}

}  // namespace

std::string new_session_id(unsigned shard) {
  Bytes bytes = random_bytes();
  bytes.back() = static_cast<char>(shard);
  return encoded(bytes);
}

std::optional<unsigned> shard_of(std::string_view sid) {
  if (sid.size() != kSessionIdSize) return std::nullopt;
  const auto bytes = base64url_decode(sid);
  if (!bytes) return std::nullopt;
  return static_cast<unsigned char>(bytes->back());
}

std::string session_cookie(std::string_view name, std::string_view sid) {
  std::string cookie(name);
  cookie += '=';
  cookie += sid;
  return cookie + "; Path=/; HttpOnly; SameSite=Lax";
}

std::string new_socket_id() { return encoded(random_bytes()); }

}  // namespace lectern::server
