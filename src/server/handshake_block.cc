#include "server/handshake_block.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <limits>
#include <string>

namespace lectern::server {
namespace {

using Size = std::uint16_t;

Size size_of(std::string_view text) {
  assert(text.size() <= std::numeric_limits<Size>::max());
  return static_cast<Size>(text.size());
}

// Values and texts, one behind the other.
class Reader {
 public:
  explicit Reader(const char* at) : at_(at) {}
  template <class Value>
  Value value() {
    Value read;
    std::memcpy(&read, at_, sizeof read);
    at_ += sizeof read;
    return read;
  }
  std::string_view text(Size size) {
    const std::string_view read(at_, size);
    at_ += size;
    return read;
  }

 private:
  const char* at_;
};

template <class Value>
void append(std::string& bytes, const Value& value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

}  // namespace

HandshakeBlock::HandshakeBlock(const Handshake& handshake) {
  std::string bytes;
  append(bytes,
         Sizes{size_of(handshake.address), size_of(handshake.query), size_of(handshake.user_agent),
               size_of(handshake.forwarded_for), static_cast<Size>(handshake.headers.size()),
               static_cast<Size>(handshake.transport == "websocket")});
  for (const auto text :
       {handshake.address, handshake.query, handshake.user_agent, handshake.forwarded_for})
    bytes += text;
  for (const auto& [name, value] : handshake.headers) {
    append(bytes, size_of(name));
    append(bytes, size_of(value));
    bytes.append(name).append(value);
  }
  bytes_.reset(new char[bytes.size()]);
  std::copy(bytes.begin(), bytes.end(), bytes_.get());
}

Handshake HandshakeBlock::view() const {
  Reader reader(bytes_.get());
  const auto sizes = reader.value<Sizes>();
  Handshake handshake;
  handshake.transport = sizes.websocket != 0 ? "websocket" : "polling";
  handshake.address = reader.text(sizes.address);
  handshake.query = reader.text(sizes.query);
  handshake.user_agent = reader.text(sizes.user_agent);
  handshake.forwarded_for = reader.text(sizes.forwarded_for);
  for (Size left = sizes.headers; left > 0; --left) {
    const auto name = reader.value<Size>();
    const auto value = reader.value<Size>();
    const auto name_text = reader.text(name);
    handshake.headers.emplace_back(name_text, reader.text(value));
  }
  return handshake;
}

void HandshakeBlock::keep_address() {
  const auto sizes = Reader(bytes_.get()).value<Sizes>();
  if (sizes.query + sizes.user_agent + sizes.forwarded_for + sizes.headers == 0) return;
  Handshake rest;
  rest.address = view().address;
  rest.transport = view().transport;
  *this = HandshakeBlock(rest);
}

}  // namespace lectern::server
