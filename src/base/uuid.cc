#include "base/uuid.h"

#include <algorithm>
#include <span>

#include "base/random.h"

namespace lectern {
namespace {

constexpr char kHex[] = "0123456789abcdef";

bool dash_before(std::size_t byte) { return byte == 4 || byte == 6 || byte == 8 || byte == 10; }

int value_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

}  // namespace

Uuid Uuid::random() {
  Uuid id;
  fill_random(std::as_writable_bytes(std::span(id.bytes)));
  id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0f) | 0x40);
  id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3f) | 0x80);
  return id;
}

Uuid Uuid::random_beside(const Uuid& other) {
  Uuid id = random();
  std::copy_n(other.bytes.begin(), 4, id.bytes.begin());
  return id;
}

std::optional<Uuid> Uuid::parse(std::string_view text) {
  if (text.size() != 36) return std::nullopt;
  Uuid id;
  std::size_t at = 0;
  for (std::size_t byte = 0; byte < 16; ++byte) {
    if (dash_before(byte) && text[at++] != '-') return std::nullopt;
    const int high = value_of(text[at++]);
    const int low = value_of(text[at++]);
    if (high < 0 || low < 0) return std::nullopt;
    id.bytes[byte] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return id;
}

std::string Uuid::to_string() const {
  std::string text;
  text.reserve(36);
  for (std::size_t byte = 0; byte < 16; ++byte) {
    if (dash_before(byte)) text += '-';
    text += kHex[bytes[byte] >> 4];
    text += kHex[bytes[byte] & 15];
  }
  return text;
}

}  // namespace lectern
