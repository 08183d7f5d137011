#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include <lectern/socket.h>

namespace lectern::server {

// A Handshake in one piece of memory, because connections keep theirs as long as they live. It
// comes from the head of a request, which is shorter than 64 KB (HttpConnection::Limits).
class HandshakeBlock {
 public:
  explicit HandshakeBlock(const Handshake& handshake);

  Handshake view() const;
  // Gives back the memory of all but the address and the transport.
  void keep_address();

 private:
  struct Sizes {
    std::uint16_t address, query, user_agent, forwarded_for, headers, websocket;
  };
  // Sizes; the texts in that order; then for each header the sizes of name and value, and both.
  std::unique_ptr<char[]> bytes_;
};

}  // namespace lectern::server
