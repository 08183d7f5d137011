#include "net/outbox.h"

#include <sys/socket.h>
#include <unistd.h>

#include <random>

#include <gtest/gtest.h>

namespace lectern::net {
namespace {

// A stream socket with a small buffer, and its peer.
class OutboxTest : public ::testing::Test {
 protected:
  OutboxTest() {
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) != 0) std::abort();
    ours_ = pair[0];
    peers_ = pair[1];
    const int size = 4096;
    setsockopt(ours_, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
  }
  ~OutboxTest() override {
    close(ours_);
    close(peers_);
  }

  std::string receive(std::size_t at_most) {
    std::string bytes(at_most, '\0');
    const ssize_t got = recv(peers_, bytes.data(), at_most, MSG_DONTWAIT);
    bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return bytes;
  }

  Count queued_;
  int ours_;
  int peers_;
};

TEST_F(OutboxTest, SendsFramesAndTextInOrder) {
  Outbox outbox(queued_);
  outbox.push(Frame::of_packet("4a"));
  outbox.push(std::string("text"));
  outbox.push(std::make_shared<const std::string>("shared"));
  EXPECT_EQ(outbox.bytes(), 14u);
  EXPECT_EQ(outbox.flush(ours_), Outbox::Flushed::all);
  EXPECT_TRUE(outbox.empty());
  EXPECT_EQ(receive(100),
            "\x81\x02"
            "4atextshared");
}

TEST_F(OutboxTest, LosesNoByteToAReaderThatStalls) {
  std::mt19937 random(7);
  Outbox outbox(queued_);
  std::string expected;
  std::string received;
  bool blocked = false;
  for (int i = 0; i < 3000; ++i) {
    const std::string text(random() % 900, static_cast<char>('a' + i % 26));
    const Frame frame = Frame::of_packet(text);
    expected += frame.wire();
    outbox.push(frame);
    blocked |= outbox.flush(ours_) == Outbox::Flushed::blocked;
    if (random() % 4 == 0) received += receive(random() % 3000);
  }
  while (!outbox.empty() || received.size() < expected.size()) {
    ASSERT_NE(outbox.flush(ours_), Outbox::Flushed::failed);
    received += receive(1 << 16);
  }
  EXPECT_TRUE(blocked) << "the test must have seen a full socket";
  EXPECT_EQ(received, expected);
}

TEST_F(OutboxTest, FinishesWhatItBeganWhenTheRestIsDropped) {
  Outbox outbox(queued_);
  const std::string first(1 << 20, 'x');
  outbox.push(first);
  outbox.push(std::string("never"));
  ASSERT_EQ(outbox.flush(ours_), Outbox::Flushed::blocked);
  outbox.drop_unsent();
  outbox.push(std::string("farewell"));
  std::string received;
  while (!outbox.empty() || received.size() < first.size() + 8) {
    ASSERT_NE(outbox.flush(ours_), Outbox::Flushed::failed);
    received += receive(1 << 16);
  }
  EXPECT_EQ(received, first + "farewell");
}

TEST_F(OutboxTest, SaysThatThePeerIsGone) {
  close(peers_);
  peers_ = dup(ours_);
  Outbox outbox(queued_);
  outbox.push(std::string("x"));
  EXPECT_EQ(outbox.flush(ours_), Outbox::Flushed::failed);
}

TEST_F(OutboxTest, TheLatestUnderAKeyReplacesTheOneThatWaits) {
  Outbox outbox(queued_);
  EXPECT_FALSE(outbox.replace("board", Frame::of_packet("4old")));
  outbox.push(Frame::of_packet("4between"));
  EXPECT_FALSE(outbox.replace("other", Frame::of_packet("4other")));
  EXPECT_TRUE(outbox.replace("board", Frame::of_packet("4new")));
  EXPECT_EQ(outbox.bytes(), 24u);
  EXPECT_EQ(queued_.get(), 24u);
  EXPECT_EQ(outbox.flush(ours_), Outbox::Flushed::all);
  EXPECT_EQ(receive(100),
            "\x81\x08"
            "4between\x81\x06"
            "4other\x81\x04"
            "4new");
  EXPECT_EQ(queued_.get(), 0u);
}

TEST_F(OutboxTest, WhatWasBegunOrSentIsNotReplaced) {
  Outbox outbox(queued_);
  outbox.replace("a", Frame::of_packet("4first"));
  outbox.consume(3);
  EXPECT_FALSE(outbox.replace("a", Frame::of_packet("4second"))) << "a frame cannot be cut";
  outbox.consume(5);
  EXPECT_TRUE(outbox.replace("a", Frame::of_packet("4third")));
  outbox.consume(8);
  EXPECT_TRUE(outbox.empty());
  EXPECT_FALSE(outbox.replace("a", Frame::of_packet("4fourth")));
}

TEST_F(OutboxTest, ManyReplacementsTakeThePlaceOfFew) {
  Outbox outbox(queued_);
  std::string expected;
  for (int i = 0; i < 20; ++i) {
    const std::string text = "4between" + std::to_string(10 + i);
    outbox.push(Frame::of_packet(text));
    expected += "\x81\x0a" + text;
    for (int k = 0; k < 2000; ++k)
      outbox.replace(k % 2 ? "odd" : "even", Frame::of_packet(k % 2 ? "4odd" : "4even"));
    EXPECT_LT(outbox.places(), 300u);
  }
  EXPECT_EQ(outbox.flush(ours_), Outbox::Flushed::all);
  EXPECT_EQ(receive(10'000), expected +
                                 "\x81\x05"
                                 "4even\x81\x04"
                                 "4odd");
}

TEST_F(OutboxTest, ALostQueueIsNotCounted) {
  {
    Outbox outbox(queued_);
    outbox.push(Frame::of_packet("4abc"));
    outbox.push(Frame::of_packet("4def"));
    outbox.consume(2);
    EXPECT_EQ(queued_.get(), 10u);
    outbox.drop_unsent();
    EXPECT_EQ(queued_.get(), 4u);
  }
  EXPECT_EQ(queued_.get(), 0u);
}

}  // namespace
}  // namespace lectern::net
