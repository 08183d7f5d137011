#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "net/connection.h"
#include "net/descriptor.h"
#include "net/listening_socket.h"
#include "net/loop.h"

namespace lectern::net {
namespace {

class Guest final : public Connection {
 public:
  using Connection::Connection;

 private:
  void on_bytes(std::span<char>) override {}
  void on_end() override {}
};

// All descriptors that the process may have are in use, until it ends.
class NoDescriptorsLeft {
 public:
  NoDescriptorsLeft() {
    getrlimit(RLIMIT_NOFILE, &before_);
    const int next = open("/dev/null", O_RDONLY | O_CLOEXEC);
    taken_.emplace_back(next);
    rlimit tight = before_;
    tight.rlim_cur = static_cast<rlim_t>(next) + 1;
    setrlimit(RLIMIT_NOFILE, &tight);
    for (int fd; (fd = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0;) taken_.emplace_back(fd);
  }
  ~NoDescriptorsLeft() { setrlimit(RLIMIT_NOFILE, &before_); }
  NoDescriptorsLeft(const NoDescriptorsLeft&) = delete;
  NoDescriptorsLeft& operator=(const NoDescriptorsLeft&) = delete;

 private:
  rlimit before_{};
  std::vector<Descriptor> taken_;
};

struct Guests {
  Loop loop;
  std::uint16_t port = 0;

  Guests() {
    const auto sockets = listen_on("127.0.0.1", 0, 1);
    port = sockets.port;
    loop.listen(sockets.fds[0], [this](int fd, const std::string&) {
      loop.add(std::make_unique<Guest>(loop, fd));
      loop.stop();
    });
  }

  void connect(const Descriptor& socket) const {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
      std::abort();
  }
};

// Whether the peer has closed it.
bool refused(const Descriptor& socket) {
  char byte;
  return recv(socket.get(), &byte, 1, MSG_DONTWAIT) == 0 || errno == ECONNRESET;
}

TEST(Descriptors, WithoutOneConnectionsAreRefusedAtOnceAndWithOneTheyComeIn) {
  Guests guests;
  std::vector<Descriptor> sockets;
  for (int i = 0; i < 3; ++i) sockets.emplace_back(socket(AF_INET, SOCK_STREAM, 0));
  auto none_left = std::make_unique<NoDescriptorsLeft>();
  int refusals = 0;
  guests.loop.on_refusal([&] {
    if (++refusals < 2) return;
    EXPECT_TRUE(refused(sockets[0]));
    EXPECT_TRUE(refused(sockets[1]));
    none_left = nullptr;
    guests.connect(sockets[2]);
  });
  guests.connect(sockets[0]);
  guests.connect(sockets[1]);
  guests.loop.run();
  EXPECT_EQ(refusals, 2);
  EXPECT_EQ(guests.loop.open_sockets(), 1u);
  EXPECT_FALSE(refused(sockets[2]));
}

}  // namespace
}  // namespace lectern::net
