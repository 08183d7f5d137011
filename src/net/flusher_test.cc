#include "net/flusher.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <future>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "net/connection.h"
#include "net/loop.h"

namespace lectern::net {
namespace {

class Sender : public Connection {
 public:
  using Connection::Connection;
  std::function<void()> drained = [] {};
  std::function<void()> ended = [] {};

 private:
  void on_bytes(std::span<char>) override {}
  void on_drained() override { drained(); }
  void on_end() override { ended(); }
};

// A loop on its own thread with connections whose sockets hold little; the test reads at the other
// ends.
class FlusherTest : public ::testing::TestWithParam<Loop::Sends> {
 protected:
  struct Member {
    Sender* connection;
    int peer;
    std::string expected;
    std::string received;
  };

  FlusherTest() : thread_([this] { loop_.run(); }) {}
  ~FlusherTest() override {
    on_loop([this] { loop_.stop(); });
    thread_.join();
    for (const Member& member : members_) close(member.peer);
  }

  // Runs in one turn of the loop; what it queues leaves with that turn, soon.
  void on_loop(const std::function<void()>& work) {
    std::promise<void> done;
    loop_.post([&] {
      work();
      done.set_value();
    });
    done.get_future().wait();
  }

  void add_members(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      int pair[2];
      if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) != 0) std::abort();
      const int size = 4096;
      setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
      auto connection = std::make_unique<Sender>(loop_, pair[0]);
      members_.push_back({connection.get(), pair[1], {}, {}});
      on_loop([&] { loop_.add(std::move(connection)); });
    }
  }

  static void read_some(Member& member) {
    char buffer[65536];
    for (ssize_t got; (got = recv(member.peer, buffer, sizeof buffer, MSG_DONTWAIT)) > 0;)
      member.received.append(buffer, static_cast<std::size_t>(got));
  }
  // Until that many bytes are there, or the stream ends.
  static void read_until(Member& member, std::size_t size) {
    char buffer[65536];
    pollfd wanted{member.peer, POLLIN, 0};
    while (member.received.size() < size && poll(&wanted, 1, -1) > 0) {
      const ssize_t got = recv(member.peer, buffer, sizeof buffer, 0);
      if (got <= 0) return;
      member.received.append(buffer, static_cast<std::size_t>(got));
    }
  }
  static void read_all(Member& member) { read_until(member, std::string::npos); }

  Loop loop_{nullptr, GetParam()};
  std::vector<Member> members_;
  std::thread thread_;
};

INSTANTIATE_TEST_SUITE_P(BothWays, FlusherTest,
                         ::testing::Values(Loop::Sends::one_by_one, Loop::Sends::batched));

TEST_P(FlusherTest, EveryReaderGetsEveryByteInOrderWhateverItsPace) {
  add_members(30);
  std::mt19937 random(11);
  for (int turn = 0; turn < 150; ++turn) {
    on_loop([&] {
      for (int i = 0; i < 8; ++i) {
        const std::string text(random() % 700 + 1, static_cast<char>('a' + random() % 26));
        const Frame frame = Frame::of_packet(text);
        const auto kind = random() % 10;
        for (std::size_t m = 0; m < members_.size(); ++m) {
          if (kind < 8 ? random() % 4 == 0 : m % 7 != kind) continue;
          if (kind < 9)
            members_[m].connection->send_frame(frame);
          else
            members_[m].connection->send(std::string(frame.wire()));
          members_[m].expected += frame.wire();
        }
      }
    });
    // Members of higher numbers read more seldom; the last never before the end.
    for (std::size_t m = 0; m + 1 < members_.size(); ++m)
      if (random() % (m + 1) == 0) read_some(members_[m]);
  }
  on_loop([&] {
    for (const Member& member : members_) member.connection->finish();
  });
  for (Member& member : members_) {
    read_all(member);
    EXPECT_TRUE(member.received == member.expected)
        << member.received.size() << " bytes of " << member.expected.size();
  }
}

TEST_P(FlusherTest, AListTooLongForOneBufferArrivesAsWell) {
  add_members(1);
  const Frame large = Frame::of_packet(std::string(3'000'000, 'x'));
  on_loop([&] {
    for (int i = 0; i < 3; ++i) members_[0].connection->send_frame(large);
    EXPECT_EQ(members_[0].connection->unsent(), 3 * large.wire().size());
    members_[0].connection->finish();
  });
  read_all(members_[0]);
  EXPECT_EQ(members_[0].received.size(), 3 * large.wire().size());
}

TEST_P(FlusherTest, TellsWhenAFullSocketHasDrained) {
  add_members(1);
  std::promise<void> drained;
  bool blocked = false;
  on_loop([&] {
    members_[0].connection->drained = [&] { drained.set_value(); };
    members_[0].connection->send_frame(Frame::of_packet(std::string(100'000, 'x')));
  });
  while (!blocked) on_loop([&] { blocked = members_[0].connection->blocked(); });
  read_until(members_[0], 100'000);
  drained.get_future().wait();
  on_loop([&] {
    EXPECT_EQ(members_[0].connection->unsent(), 0u);
    EXPECT_FALSE(members_[0].connection->blocked());
  });
}

TEST_P(FlusherTest, WhatTheEndOfOneSendsToAnotherLeavesAsWell) {
  add_members(2);
  on_loop([&] {
    // Within the turn, behind its reads: the failed send is the first that shows the end.
    close(members_[0].peer);
    members_[0].peer = dup(members_[1].peer);  // the destructor closes one for each
    members_[0].connection->ended = [&] {
      members_[1].connection->send_frame(Frame::of_packet("4gone"));
    };
    members_[0].connection->send_frame(Frame::of_packet("4hello"));
    members_[1].connection->send_frame(Frame::of_packet("4hello"));
  });
  read_until(members_[1], 15);
  EXPECT_EQ(members_[1].received,
            "\x81\x06"
            "4hello"
            "\x81\x05"
            "4gone");
}

TEST_P(FlusherTest, WhatWasNotBegunCanBeDropped) {
  class Dropper : public Sender {
   public:
    using Connection::drop_unsent;
    using Sender::Sender;
  };
  int pair[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
  auto owned = std::make_unique<Dropper>(loop_, pair[0]);
  Dropper* const dropper = owned.get();
  members_.push_back({dropper, pair[1], {}, {}});
  const Frame large = Frame::of_packet(std::string(1'000'000, 'x'));
  on_loop([&] {
    loop_.add(std::move(owned));
    dropper->send_frame(Frame::of_packet("4dropped"));
    dropper->drop_unsent();
    EXPECT_EQ(dropper->unsent(), 0u);
    dropper->send_frame(large);
  });
  for (bool begun = false; !begun;) on_loop([&] { begun = dropper->blocked(); });
  on_loop([&] {
    dropper->send_frame(Frame::of_packet("4dropped"));
    dropper->drop_unsent();
    dropper->finish();
  });
  read_all(members_[0]);
  EXPECT_EQ(members_[0].received.size(), large.wire().size());
}

}  // namespace
}  // namespace lectern::net
