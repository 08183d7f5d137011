#include "base/frame.h"

#include <cassert>
#include <cstdlib>
#include <cstring>
#include <new>

namespace lectern {
namespace {

constexpr std::size_t kMaxHeader = 10;

// RFC 6455 section 5.2: FIN and opcode, then the length in 7, 16 or 64 bits.
std::size_t write_header(char* out, char start, std::size_t length) {
  out[0] = start;
  if (length < 126) {
    out[1] = static_cast<char>(length);
    return 2;
  }
  const std::size_t width = length <= 0xffff ? 2 : 8;
  out[1] = static_cast<char>(width == 2 ? 126 : 127);
  for (std::size_t i = 0; i < width; ++i)
    out[2 + i] = static_cast<char>(length >> (8 * (width - 1 - i)) & 0xff);
  return 2 + width;
}

}  // namespace

Frame Frame::of_packet(std::string_view packet) { return of_message(kTextStart, packet); }

Frame Frame::of_binary(std::string_view bytes) { return of_message(kBinaryStart, bytes); }

Frame Frame::of_message(char start, std::string_view payload) {
  char header[kMaxHeader];
  const std::size_t header_size = write_header(header, start, payload.size());
  return Frame(make_body({header, header_size}, payload));
}

Frame::Body* Frame::make_body(std::string_view header, std::string_view payload) {
  assert(payload.size() < 0xffffffff - kMaxHeader);
  void* const memory = ::operator new(sizeof(Body) + header.size() + payload.size());
  Body* const body = ::new (memory) Body;
  body->size = static_cast<std::uint32_t>(header.size() + payload.size());
  body->header_size = static_cast<std::uint8_t>(header.size());
  char* const bytes = reinterpret_cast<char*>(body + 1);
  std::memcpy(bytes, header.data(), header.size());
  if (!payload.empty()) std::memcpy(bytes + header.size(), payload.data(), payload.size());
  return body;
}

// Two threads may have made it at once: the first one counts.
Frame Frame::keep_other(std::string_view wire) const {
  Body* const made = make_body(wire.substr(0, 2), wire.substr(2));
  Body* known = nullptr;
  if (body_->other.compare_exchange_strong(known, made, std::memory_order_acq_rel))
    return share(made);
  drop(made);
  return share(known);
}

void Frame::drop(Body* body) {
  if (!body || body->references.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  drop(body->other.load(std::memory_order_acquire));
  body->~Body();
  ::operator delete(body);
}

}  // namespace lectern
