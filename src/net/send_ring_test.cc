#include "net/send_ring.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "net/descriptor.h"

namespace lectern::net {
namespace {

struct Pair {
  Pair() {
    std::array<int, 2> ends;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()) != 0) std::abort();
    ours = std::make_unique<Descriptor>(ends[0]);
    peers = std::make_unique<Descriptor>(ends[1]);
    const int size = 4096;
    setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
  }
  std::string receive() const {
    std::string bytes(65536, '\0');
    const ssize_t got = recv(peers->get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return bytes;
  }
  std::unique_ptr<Descriptor> ours;
  std::unique_ptr<Descriptor> peers;
};

// Where the kernel forbids io_uring, the server sends one by one, and there is nothing to test.
class SendRingTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ring_ = SendRing::make(reason_);
    if (!ring_) GTEST_SKIP() << reason_;
  }
  std::string reason_;
  std::unique_ptr<SendRing> ring_;
};

TEST_F(SendRingTest, SendsToManySocketsAtOnce) {
  std::array<Pair, 100> pairs;
  std::array<std::string, 100> texts;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    texts[i] = "text " + std::to_string(i);
    ring_->add(pairs[i].ours->get(), texts[i], i);
  }
  EXPECT_TRUE(ring_->submit().empty());
  for (std::size_t i = 0; i < pairs.size(); ++i) EXPECT_EQ(pairs[i].receive(), texts[i]);
}

TEST_F(SendRingTest, SaysWhatASocketTookAndWhatBroke) {
  Pair full;
  Pair broken;
  Pair well;
  broken.peers = nullptr;
  const std::string large(100'000, 'x');
  ring_->add(full.ours->get(), large, 5);
  ring_->add(broken.ours->get(), "lost", 6);
  ring_->add(well.ours->get(), "fine", 7);
  const auto first = ring_->submit();
  ASSERT_EQ(first.size(), 2u);
  EXPECT_EQ(first[0].token, 5u);
  EXPECT_GT(first[0].result, 0);
  EXPECT_LT(first[0].result, 100'000);
  EXPECT_EQ(first[1].token, 6u);
  EXPECT_EQ(first[1].result, -EPIPE);
  EXPECT_EQ(well.receive(), "fine");

  ring_->add(full.ours->get(), large, 8);
  const auto second = ring_->submit();
  ASSERT_EQ(second.size(), 1u);
  EXPECT_EQ(second[0].token, 8u);
  EXPECT_EQ(second[0].result, -EAGAIN);
}

TEST_F(SendRingTest, WhatItSaysIsWhatArrives) {
  std::mt19937 random(3);
  Pair pair;
  std::string expected;
  std::string received;
  for (int i = 0; i < 2000; ++i) {
    const std::string text(random() % 3000 + 1, static_cast<char>('a' + i % 26));
    ring_->add(pair.ours->get(), text, 0);
    const auto& shorts = ring_->submit();
    const int result = shorts.empty() ? static_cast<int>(text.size()) : shorts.front().result;
    if (result > 0) expected += text.substr(0, static_cast<std::size_t>(result));
    if (random() % 3 == 0) received += pair.receive();
  }
  for (std::string rest; !(rest = pair.receive()).empty();) received += rest;
  EXPECT_EQ(received, expected);
}

TEST_F(SendRingTest, ASecondRingOfTheSameThreadWorks) {
  const auto other = SendRing::make(reason_);
  ASSERT_TRUE(other) << reason_;
  Pair pair;
  other->add(pair.ours->get(), "a", 0);
  EXPECT_TRUE(other->submit().empty());
  EXPECT_EQ(pair.receive(), "a");
}

}  // namespace
}  // namespace lectern::net
