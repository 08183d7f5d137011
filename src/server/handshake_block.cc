#include "server/handshake_block.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <limits>

namespace lectern::server {

HandshakeBlock::HandshakeBlock(const Handshake& handshake)
    : websocket_(handshake.transport == "websocket") {
  const auto size = [](std::string_view text) {
    assert(text.size() <= std::numeric_limits<std::uint16_t>::max());
    return static_cast<std::uint16_t>(text.size());
  };
  const Sizes sizes{size(handshake.address), size(handshake.query), size(handshake.user_agent),
                    size(handshake.forwarded_for)};
  const std::size_t all =
      sizeof sizes + sizes.address + sizes.query + sizes.user_agent + sizes.forwarded_for;
  bytes_.reset(new char[all]);
  std::memcpy(bytes_.get(), &sizes, sizeof sizes);
  char* at = bytes_.get() + sizeof sizes;
  for (const auto text :
       {handshake.address, handshake.query, handshake.user_agent, handshake.forwarded_for})
    at = std::copy(text.begin(), text.end(), at);
}

HandshakeBlock::Sizes HandshakeBlock::sizes() const {
  Sizes sizes;
  std::memcpy(&sizes, bytes_.get(), sizeof sizes);
  return sizes;
}

Handshake HandshakeBlock::view() const {
  const Sizes sizes = this->sizes();
  const char* at = bytes_.get() + sizeof sizes;
  const auto next = [&at](std::size_t size) {
    const std::string_view text(at, size);
    at += size;
    return text;
  };
  Handshake handshake;
  handshake.transport = websocket_ ? "websocket" : "polling";
  handshake.address = next(sizes.address);
  handshake.query = next(sizes.query);
  handshake.user_agent = next(sizes.user_agent);
  handshake.forwarded_for = next(sizes.forwarded_for);
  return handshake;
}

void HandshakeBlock::keep_address() {
  const Sizes sizes = this->sizes();
  if (sizes.query + sizes.user_agent + sizes.forwarded_for == 0) return;
  Handshake rest;
  rest.address = view().address;
  rest.transport = view().transport;
  *this = HandshakeBlock(rest);
}

}  // namespace lectern::server
