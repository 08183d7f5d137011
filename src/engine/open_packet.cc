#include "engine/open_packet.h"

#include "engine/packet.h"

namespace lectern::engine {

std::string open_packet(std::string_view sid, bool upgradable,
                        std::chrono::milliseconds ping_interval,
                        std::chrono::milliseconds ping_timeout, std::size_t max_payload) {
  std::string packet(1, packet_type::kOpen);
  packet += R"({"sid":")";
  packet += sid;
  packet += upgradable ? R"(","upgrades":["websocket"],"pingInterval":)"
                       : R"(","upgrades":[],"pingInterval":)";
  packet += std::to_string(ping_interval.count());
  packet += R"(,"pingTimeout":)";
  packet += std::to_string(ping_timeout.count());
  packet += R"(,"maxPayload":)";
  packet += std::to_string(max_payload);
  packet += '}';
  return packet;
}

}  // namespace lectern::engine
