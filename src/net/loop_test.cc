#include "net/loop.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "net/connection.h"

namespace lectern::net {
namespace {

using namespace std::chrono_literals;

// Sends back what it gets; "quit" finishes it.
class Echo : public Connection {
 public:
  Echo(Loop& loop, int fd, int& ended) : Connection(loop, fd), ended_(ended) {}

 private:
  void on_bytes(std::span<char> bytes) override {
    const std::string text(bytes.data(), bytes.size());
    send(text);
    if (text == "quit") finish();
  }
  void on_end() override { ++ended_; }

  int& ended_;
};

// A loop on a thread of its own with an echo listener on loopback.
class LoopTest : public ::testing::TestWithParam<Loop::Sends> {
 protected:
  LoopTest() {
    const int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address_;
    if (bind(listener, reinterpret_cast<sockaddr*>(&address_), size) != 0 ||
        ::listen(listener, 16) != 0 ||
        getsockname(listener, reinterpret_cast<sockaddr*>(&address_), &size) != 0)
      std::abort();
    loop_.listen(listener, [this](int fd, const std::string&) {
      loop_.add(std::make_unique<Echo>(loop_, fd, ended_));
    });
    thread_ = std::thread([this] { loop_.run(); });
  }
  ~LoopTest() override {
    if (thread_.joinable()) stop();
  }

  void stop() {
    loop_.post([this] { loop_.stop(); });
    thread_.join();
  }

  int connect_to_it() {
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(fd, reinterpret_cast<sockaddr*>(&address_), sizeof address_) != 0) std::abort();
    return fd;
  }

  static std::string read_all(int fd) {
    std::string all;
    char buffer[65536];
    for (ssize_t got; (got = recv(fd, buffer, sizeof buffer, 0)) > 0;)
      all.append(buffer, static_cast<std::size_t>(got));
    return all;
  }

  Loop loop_{nullptr, GetParam()};
  int ended_ = 0;
  sockaddr_in address_{};
  std::thread thread_;
};

INSTANTIATE_TEST_SUITE_P(BothWays, LoopTest,
                         ::testing::Values(Loop::Sends::one_by_one, Loop::Sends::batched));

TEST_P(LoopTest, AConnectionThatFinishesLosesNothing) {
  const int fd = connect_to_it();
  ASSERT_EQ(send(fd, "quit", 4, 0), 4);
  EXPECT_EQ(read_all(fd), "quit") << "and then the end of the stream";
  close(fd);
  stop();
}

TEST_P(LoopTest, AReaderThatStallsGetsEveryByteLater) {
  const int fd = connect_to_it();
  std::string sent(8 << 20, '\0');
  for (std::size_t i = 0; i < sent.size(); ++i) sent[i] = static_cast<char>(i * 31 >> 7);
  // Nothing is read before all is written, so that the outbox must hold what the sockets cannot.
  for (std::size_t at = 0; at < sent.size();) {
    const ssize_t part = send(fd, sent.data() + at, sent.size() - at, 0);
    ASSERT_GT(part, 0);
    at += static_cast<std::size_t>(part);
  }
  std::string got(sent.size(), '\0');
  ASSERT_EQ(recv(fd, got.data(), got.size(), MSG_WAITALL), static_cast<ssize_t>(sent.size()));
  EXPECT_TRUE(got == sent);
  close(fd);
  stop();
}

TEST_P(LoopTest, TimersRunInOrderAndTasksAreNotLost) {
  std::string order;
  std::atomic<bool> done{false};
  loop_.post([&] {
    loop_.run_after(20ms, [&] {
      order += 'b';
      done = true;
      done.notify_one();
    });
    loop_.run_after(1ms, [&] { order += 'a'; });
  });
  done.wait(false);
  stop();
  EXPECT_EQ(order, "ab");
}

TEST_P(LoopTest, EndsEveryConnectionOnce) {
  const int first = connect_to_it();
  const int second = connect_to_it();
  for (const int fd : {first, second}) {
    ASSERT_EQ(send(fd, "x", 1, 0), 1);
    char byte;
    ASSERT_EQ(recv(fd, &byte, 1, 0), 1);
  }
  loop_.post([this] { loop_.end_all(); });
  EXPECT_EQ(read_all(first), "");
  EXPECT_EQ(read_all(second), "");
  stop();
  EXPECT_EQ(ended_, 2);
  EXPECT_EQ(loop_.connections(), 0u);
  close(first);
  close(second);
}

}  // namespace
}  // namespace lectern::net
