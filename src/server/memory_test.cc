#include <gtest/gtest.h>

#include "net/websocket_connection.h"
#include "server/client.h"
#include "server/handshake_block.h"
#include "server/server_socket.h"
#include "server/session.h"

namespace lectern::server {
namespace {

// What an idle connection consists of; each is allocated once for it. A larger one costs memory for
// every connection there is: look for what could be made when it is needed.
TEST(Memory, AConnectionIsSmall) {
  EXPECT_LE(sizeof(net::WebSocketConnection), 112U);
  EXPECT_LE(sizeof(Session), 152U);  // 28 of them are its record
  EXPECT_LE(sizeof(Client), 72U);
  EXPECT_LE(sizeof(ServerSocket), 168U);
}

TEST(HandshakeBlock, KeepsWhatWasSaidUntilItIsTold) {
  Handshake said;
  said.address = "2001:db8::1";
  said.query = "EIO=4&transport=websocket";
  said.transport = "websocket";
  said.user_agent = "a browser";
  said.forwarded_for = "192.0.2.7";
  HandshakeBlock block(said);
  EXPECT_EQ(block.view().address, "2001:db8::1");
  EXPECT_EQ(block.view().query, "EIO=4&transport=websocket");
  EXPECT_EQ(block.view().user_agent, "a browser");
  EXPECT_EQ(block.view().forwarded_for, "192.0.2.7");
  block.keep_address();
  EXPECT_EQ(block.view().address, "2001:db8::1");
  EXPECT_EQ(block.view().transport, "websocket");
  EXPECT_EQ(block.view().query, "");
  EXPECT_EQ(block.view().user_agent, "");
  EXPECT_EQ(block.view().forwarded_for, "");
}

}  // namespace
}  // namespace lectern::server
