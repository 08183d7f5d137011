#pragma once

#include <string_view>

namespace lectern::engine {

// The type byte of an Engine.IO v4 packet in text form.
// Source: engine.io-protocol v4, "Packet encoding".
namespace packet_type {
inline constexpr char kOpen = '0';
inline constexpr char kClose = '1';
inline constexpr char kPing = '2';
inline constexpr char kPong = '3';
inline constexpr char kMessage = '4';
inline constexpr char kUpgrade = '5';
inline constexpr char kNoop = '6';
inline constexpr char kBinary = 'b';  // in a polling payload only: a binary message in base64
}  // namespace packet_type

// One Engine.IO packet. Points into the bytes it was decoded from.
struct PacketView {
  char type;              // one of packet_type
  std::string_view data;  // without the type byte; still base64 when the type is kBinary
};

}  // namespace lectern::engine
