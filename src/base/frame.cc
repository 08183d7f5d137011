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
  assert(payload.size() < 0xffffffff - kMaxHeader);
  char header[kMaxHeader];
  const std::size_t header_size = write_header(header, start, payload.size());
  const std::size_t size = header_size + payload.size();
  void* const memory = ::operator new(sizeof(Body) + size);
  Body* const body = ::new (memory) Body;
  body->size = static_cast<std::uint32_t>(size);
  body->header_size = static_cast<std::uint8_t>(header_size);
  char* const bytes = reinterpret_cast<char*>(body + 1);
  std::memcpy(bytes, header, header_size);
  std::memcpy(bytes + header_size, payload.data(), payload.size());
  return Frame(body);
}

void Frame::release() {
  if (body_ && body_->references.fetch_sub(1, std::memory_order_acq_rel) == 1) {
    body_->~Body();
    ::operator delete(body_);
  }
}

}  // namespace lectern
