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

  int ours_;
  int peers_;
};

TEST_F(OutboxTest, SendsFramesAndTextInOrder) {
  Outbox outbox;
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
  Outbox outbox;
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
  Outbox outbox;
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
  Outbox outbox;
  outbox.push(std::string("x"));
  EXPECT_EQ(outbox.flush(ours_), Outbox::Flushed::failed);
}

}  // namespace
}  // namespace lectern::net
