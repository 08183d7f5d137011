#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>

#include <gtest/gtest.h>

#include "net/connection.h"
#include "net/loop.h"

namespace lectern::net {
namespace {

class Reader final : public Connection {
 public:
  Reader(Loop& loop, int fd) : Connection(loop, fd) {}
  std::string heard;
  bool ended = false;

 private:
  void on_bytes(std::span<char> bytes) override { heard.append(bytes.data(), bytes.size()); }
  void on_end() override { ended = true; }
};

class PauseTest : public ::testing::Test {
 protected:
  PauseTest() {
    std::array<int, 2> ends{};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()) != 0) std::abort();
    peer_ = ends[1];
    auto owned = std::make_unique<Reader>(loop_, ends[0]);
    reader_ = owned.get();
    loop_.add(std::move(owned));
  }
  ~PauseTest() override { close(peer_); }

  void say(const std::string& text) const {
    ASSERT_EQ(::send(peer_, text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
  }
  // Runs step(n) in the n-th turn, from 0 on, and as many turns.
  template <class Step>
  void run_turns(int count, Step step) {
    loop_.before_flush([this, count, step, turn = 0]() mutable {
      step(turn);
      if (++turn == count) return loop_.stop();
      loop_.post([] {});  // so that there is another turn
    });
    loop_.post([] {});
    loop_.run();
  }

  Loop loop_;
  Reader* reader_ = nullptr;
  int peer_ = -1;
};

TEST_F(PauseTest, NothingIsReadMeanwhileAndEverythingAfterwards) {
  run_turns(4, [this](int turn) {
    if (turn == 0) {
      reader_->pause_reading();
      say("one ");
    }
    if (turn == 1) say("two");
    if (turn == 2) {
      EXPECT_EQ(reader_->heard, "");
      reader_->resume_reading();
    }
    if (turn == 3) {
      EXPECT_EQ(reader_->heard, "one two");
    }
  });
}

TEST_F(PauseTest, TheEndOfThePeerIsSeenAfterwards) {
  run_turns(4, [this](int turn) {
    if (turn == 0) {
      reader_->pause_reading();
      say("last");
      shutdown(peer_, SHUT_RDWR);
    }
    if (turn == 1) {
      EXPECT_FALSE(reader_->ended);
      reader_->resume_reading();
    }
    if (turn == 2) {
      EXPECT_EQ(reader_->heard, "last");
    }
    if (turn == 3) {
      EXPECT_TRUE(reader_->ended);
    }
  });
}

}  // namespace
}  // namespace lectern::net
