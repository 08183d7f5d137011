#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <lectern/error.h>

namespace lectern::protocol {

// Source: socket.io-protocol v5, "Packet encoding".
enum class PacketType : std::uint8_t {
  connect = 0,
  disconnect = 1,
  event = 2,
  ack = 3,
  connect_error = 4,
  binary_event = 5,
  binary_ack = 6,
};

constexpr bool is_binary(PacketType type) {
  return type == PacketType::binary_event || type == PacketType::binary_ack;
}

// One Socket.IO packet whose JSON is not parsed yet. Points into the text it was decoded from.
struct PacketView {
  PacketType type = PacketType::connect;
  std::uint32_t attachments = 0;        // binary types only: frames that follow
  std::string_view nsp = "/";           // never empty
  std::optional<std::uint64_t> ack_id;  // of events and acknowledgements
  std::string_view json;                // the rest, unchecked; may be empty
};

inline constexpr std::size_t kMaxNamespace = 256;  // bytes
inline constexpr std::uint64_t kMaxAckId = std::uint64_t{1}
                                           << 53U;  // what a JavaScript number holds

// Scans the header of a packet: the text of an Engine.IO message, <type>[<n>-][<nsp>,][<id>][json],
// such as `2/quiz,7["ping",{}]`. Numbers are ASCII digits without leading zeros. A namespace starts
// with '/' and ends at the first ',' or with the text. Linear, allocates nothing, looks at no byte
// of the JSON.
//
// Errors: malformed_packet  no or another type; a binary type without `<n>-`; a number beyond its
//                           bound; a longer namespace; an id where the type has none.
// Types that only a server sends, and the binary ones, are decoded like all others: refusing them
// is up to the caller.
[[nodiscard]] Result<PacketView> decode(std::string_view text);

// The inverse: appends `packet` in text. The namespace "/" is left out where the rest does not
// start with '/', which would read as one.
void append(std::string& out, const PacketView& packet);

}  // namespace lectern::protocol
