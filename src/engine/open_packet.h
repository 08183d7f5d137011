#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace lectern::engine {

// The first packet of a session, with exactly these keys in this order:
// 0{"sid":"…","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}
// `upgrades` is [] unless `upgradable`. `sid` is base64url, so that it needs no escaping.
// Source: engine.io-protocol v4, "Handshake".
std::string open_packet(std::string_view sid, bool upgradable,
                        std::chrono::milliseconds ping_interval,
                        std::chrono::milliseconds ping_timeout, std::size_t max_payload);

}  // namespace lectern::engine
