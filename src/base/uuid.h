#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace lectern {

// A UUID (RFC 9562) as 16 bytes in network order.
struct Uuid {
  std::array<std::uint8_t, 16> bytes{};

  // Version 4, from the CSPRNG.
  static Uuid random();

  // Version 4, except that the first 32 bits are those of `other`: both belong to one owner shard.
  static Uuid random_beside(const Uuid& other);

  // Accepts the canonical spelling alone: 36 characters, lower case, dashes in place.
  static std::optional<Uuid> parse(std::string_view text);

  std::string to_string() const;

  // The first 32 bits, which choose the owner shard.
  std::uint32_t routing() const {
    return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 |
           std::uint32_t{bytes[2]} << 8 | std::uint32_t{bytes[3]};
  }

  auto operator<=>(const Uuid&) const = default;
};

}  // namespace lectern

template <>
struct std::hash<lectern::Uuid> {
  // The tail, because the head is shared by all that lives on one shard.
  std::size_t operator()(const lectern::Uuid& id) const noexcept {
    std::uint64_t tail;
    std::memcpy(&tail, id.bytes.data() + 8, sizeof tail);
    return tail;
  }
};
