#include "load/frames.h"

#include <stdexcept>

namespace lectern::load {
namespace {

unsigned byte_at(std::string_view bytes, std::size_t index) {
  return static_cast<unsigned char>(bytes[index]);
}

}  // namespace

std::optional<ServerFrame> take_frame(std::string_view& bytes) {
  if (bytes.size() < 2) return std::nullopt;
  const unsigned first = byte_at(bytes, 0), second = byte_at(bytes, 1);
  if ((first & 0xF0U) != 0x80U || (second & 0x80U) != 0)
    throw std::runtime_error("the server sent a frame that is masked, compressed or in fragments");
  std::size_t header = 2, size = second;
  if (second >= 126) {
    header += second == 126 ? 2 : 8;
    if (bytes.size() < header) return std::nullopt;
    size = 0;
    for (std::size_t i = 2; i < header; ++i) size = size << 8 | byte_at(bytes, i);
  }
  if (bytes.size() - header < size) return std::nullopt;
  const auto payload = bytes.substr(header, size);
  bytes.remove_prefix(header + size);
  return ServerFrame{static_cast<std::uint8_t>(first & 0x0FU), payload};
}

}  // namespace lectern::load
