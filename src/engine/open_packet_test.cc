#include "engine/open_packet.h"

#include <gtest/gtest.h>

namespace lectern::engine {
namespace {

using namespace std::chrono_literals;

TEST(OpenPacket, HasExactlyTheKeysOfTheProtocol) {
  EXPECT_EQ(open_packet("lv_VI97HAXpY6yYWAAAB", /*upgradable=*/true, 25s, 20s, 1000000),
            R"(0{"sid":"lv_VI97HAXpY6yYWAAAB","upgrades":["websocket"],"pingInterval":25000,)"
            R"("pingTimeout":20000,"maxPayload":1000000})");
}

TEST(OpenPacket, OffersNothingToAWebSocket) {
  EXPECT_EQ(open_packet("s", /*upgradable=*/false, 300ms, 200ms, 1),
            R"(0{"sid":"s","upgrades":[],"pingInterval":300,"pingTimeout":200,"maxPayload":1})");
}

}  // namespace
}  // namespace lectern::engine
