#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>

#include <gtest/gtest.h>

#include "net/connection.h"
#include "net/loop.h"

namespace lectern::net {
namespace {

// One end of a pair, of which the loop has the other one.
class Reader : public Connection {
 public:
  Reader(Loop& loop, const std::array<int, 2>& ends) : Connection(loop, ends[0]), peer_(ends[1]) {}
  ~Reader() override { close(peer_); }

  static std::array<int, 2> pair() {
    std::array<int, 2> ends{};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()) != 0) std::abort();
    return ends;
  }

  int peer() const { return peer_; }
  int reads = 0;  // of this turn

 private:
  void on_bytes(std::span<char>) override { ++reads; }
  void on_end() override {}

  int peer_;
};

// Never has less in the socket than it holds.
class Flood final : public Reader {
 public:
  explicit Flood(Loop& loop) : Reader(loop, pair()) { fill(); }

 private:
  void on_bytes(std::span<char>) override {
    ++reads;
    fill();
  }
  void fill() {
    static const std::string block(16384, 'x');
    while (::send(peer(), block.data(), block.size(), MSG_DONTWAIT) > 0) {
    }
  }
};

class Quiet final : public Reader {
 public:
  explicit Quiet(Loop& loop) : Reader(loop, pair()) {}
  void say_something() {
    if (::send(peer(), "x", 1, 0) != 1) std::abort();
  }
};

template <class C>
C& added(Loop& loop) {
  auto owned = std::make_unique<C>(loop);
  C& connection = *owned;
  loop.add(std::move(owned));
  return connection;
}

TEST(Fairness, AFloodIsReadOnceATurnAndEverybodyElseInEveryTurn) {
  Loop loop;
  auto& flood = added<Flood>(loop);
  auto& quiet = added<Quiet>(loop);
  int turns = 0;
  quiet.say_something();
  loop.before_flush([&] {
    EXPECT_EQ(flood.reads, 1) << "in turn " << turns;
    EXPECT_EQ(quiet.reads, 1) << "in turn " << turns;
    flood.reads = quiet.reads = 0;
    quiet.say_something();
    if (++turns == 100) loop.stop();
  });
  loop.run();
}

TEST(Fairness, TheLastBytesOfAFloodAreRead) {
  class Counting final : public Reader {
   public:
    explicit Counting(Loop& loop) : Reader(loop, pair()), loop_of_it_(loop) {}
    std::size_t bytes = 0;

   private:
    void on_bytes(std::span<char> got) override { bytes += got.size(); }
    void on_end() override { loop_of_it_.stop(); }
    Loop& loop_of_it_;
  };
  Loop loop;
  auto& reader = added<Counting>(loop);
  std::size_t sent = 0;
  static const std::string block(5000, 'x');
  for (ssize_t part; (part = ::send(reader.peer(), block.data(), block.size(), MSG_DONTWAIT)) > 0;)
    sent += static_cast<std::size_t>(part);
  ASSERT_GT(sent, 2 * Loop::kReadBudget) << "more than one turn reads";
  std::size_t read = 0;
  loop.before_flush([&] { read = reader.bytes; });
  ASSERT_EQ(shutdown(reader.peer(), SHUT_WR), 0);
  loop.run();
  EXPECT_EQ(read, sent);
}

}  // namespace
}  // namespace lectern::net
