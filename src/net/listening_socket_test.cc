#include "net/listening_socket.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <string>
#include <system_error>

#include <gtest/gtest.h>

#include "net/descriptor.h"

namespace lectern::net {
namespace {

struct Closed {
  explicit Closed(ListeningSockets opened) : sockets(std::move(opened)) {}
  ~Closed() {
    for (const int fd : sockets.fds) close(fd);
  }
  ListeningSockets sockets;
};

std::string refusal(const std::string& address, std::uint16_t port) {
  try {
    const Closed opened(listen_on(address, port, 1));
  } catch (const std::system_error& error) {
    return error.what();
  }
  return "";
}

TEST(ListeningSocketTest, EveryShardListensOnTheSamePort) {
  const Closed opened(listen_on("127.0.0.1", 0, 3));
  EXPECT_EQ(opened.sockets.fds.size(), 3U);
  EXPECT_NE(opened.sockets.port, 0);
  const Descriptor client(socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(opened.sockets.port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(connect(client.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
}

TEST(ListeningSocketTest, APortThatIsSharedByAnotherServerIsTaken) {
  const Closed opened(listen_on("127.0.0.1", 0, 2));
  EXPECT_EQ(refusal("127.0.0.1", opened.sockets.port),
            "cannot listen on 127.0.0.1:" + std::to_string(opened.sockets.port) +
                ": Address already in use");
}

TEST(ListeningSocketTest, WhatIsNoAddressIsSaid) {
  EXPECT_EQ(refusal("localhost", 1), "cannot listen on localhost:1: Invalid argument");
  EXPECT_EQ(refusal("192.0.2.1", 0),
            "cannot listen on 192.0.2.1:0: Cannot assign requested address");
}

}  // namespace
}  // namespace lectern::net
