#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <functional>
#include <future>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "net/connection.h"
#include "net/http_connection.h"
#include "net/loop.h"
#include "net/test_identity.h"
#include "net/test_tls_client.h"
#include "net/tls_acceptor.h"

namespace lectern::net {
namespace {

class Listener : public Connection {
 public:
  using Connection::Connection;
  using Connection::drop_unsent;
  using Connection::release;
  std::function<void(std::string_view)> heard = [](std::string_view) {};
  std::function<void()> drained = [] {};
  std::function<void()> ended = [] {};

 private:
  void on_bytes(std::span<char> bytes) override { heard({bytes.data(), bytes.size()}); }
  void on_drained() override { drained(); }
  void on_end() override { ended(); }
};

// The client's end of a connection, which the test reads and writes at its own pace.
struct Peer {
  int fd;
  std::unique_ptr<TlsSession> tls;
  std::string received;

  void send_wire() {
    const std::string wire(tls->wire());
    tls->taken(wire.size());
    for (std::size_t sent = 0; sent < wire.size();) {
      const ssize_t taken = ::send(fd, wire.data() + sent, wire.size() - sent, MSG_NOSIGNAL);
      if (taken < 0) return;
      sent += static_cast<std::size_t>(taken);
    }
  }
  // False at the end of the stream.
  bool read(int flags) {
    std::array<char, 65536> buffer;
    const ssize_t got = recv(fd, buffer.data(), buffer.size(), flags);
    if (got <= 0) return false;
    static_cast<void>(tls->receive(std::span(buffer).first(static_cast<std::size_t>(got))));
    received += tls->read_all();
    send_wire();
    return true;
  }
  void read_some() {
    while (read(MSG_DONTWAIT)) {
    }
  }
  void read_all() {
    while (read(0)) {
    }
  }
  void read_until(std::size_t size) {
    while (received.size() < size && read(0)) {
    }
  }
  void say(std::string_view text) {
    while (!tls->established() && read(0)) {
    }
    ASSERT_TRUE(tls->write(text));
    send_wire();
  }
};

class ConnectionTlsTest : public ::testing::TestWithParam<Loop::Sends> {
 protected:
  ConnectionTlsTest() : thread_([this] { loop_.run(); }) {}
  ~ConnectionTlsTest() override {
    on_loop([this] { loop_.stop(); });
    thread_.join();
    for (const Peer& peer : peers_) close(peer.fd);
  }

  void on_loop(const std::function<void()>& work) {
    std::promise<void> done;
    loop_.post([&] {
      work();
      done.set_value();
    });
    done.get_future().wait();
  }

  // A connection whose socket holds little; its peer has sent its hello.
  std::size_t add() {
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0) std::abort();
    const int size = 4096;
    setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    auto connection = std::make_unique<Listener>(loop_, pair[0]);
    connections_.push_back(connection.get());
    peers_.push_back({pair[1], clients_.started(), {}});
    peers_.back().send_wire();
    on_loop([&] {
      connection->secure(acceptor_.accept());
      loop_.add(std::move(connection));
    });
    return peers_.size() - 1;
  }

  TestIdentity identity_;
  TlsAcceptor acceptor_{{identity_.certificate_file(), identity_.key_file()}};
  TestTlsClient clients_;
  DeadlineList soon_{std::chrono::milliseconds(50)};
  Loop loop_{nullptr, GetParam()};
  std::vector<Listener*> connections_;
  std::vector<Peer> peers_;
  std::thread thread_;
};

INSTANTIATE_TEST_SUITE_P(BothWays, ConnectionTlsTest,
                         ::testing::Values(Loop::Sends::one_by_one, Loop::Sends::batched));

TEST_P(ConnectionTlsTest, EveryReaderGetsEveryByteInOrderWhateverItsPace) {
  std::vector<std::string> expected(8);
  for (std::size_t i = 0; i < expected.size(); ++i) add();
  std::mt19937 random(11);
  for (int turn = 0; turn < 100; ++turn) {
    on_loop([&] {
      for (int i = 0; i < 8; ++i) {
        const std::string text(random() % 700 + 1, static_cast<char>('a' + random() % 26));
        const Frame frame = Frame::of_packet(text);
        const auto kind = random() % 10;
        for (std::size_t m = 0; m < expected.size(); ++m) {
          if (random() % 4 == 0) continue;
          if (kind < 9)
            connections_[m]->send_frame(frame);
          else
            connections_[m]->send(std::string(frame.wire()));
          expected[m] += frame.wire();
        }
      }
    });
    // Members of higher numbers read more seldom; the last never before the end, not even what is
    // left of its handshake.
    for (std::size_t m = 0; m + 1 < expected.size(); ++m)
      if (random() % (m + 1) == 0) peers_[m].read_some();
  }
  on_loop([&] {
    for (Listener* connection : connections_) connection->finish();
  });
  for (std::size_t m = 0; m < expected.size(); ++m) {
    peers_[m].read_all();
    EXPECT_TRUE(peers_[m].received == expected[m])
        << m << ": " << peers_[m].received.size() << " bytes of " << expected[m].size();
    EXPECT_TRUE(peers_[m].tls->over() && !peers_[m].tls->failed()) << "ended with a close_notify";
  }
}

TEST_P(ConnectionTlsTest, FramesOfLaterTurnsWaitBehindWhatIsEncrypted) {
  add();
  std::promise<void> heard;
  on_loop([&] { connections_[0]->heard = [&](std::string_view) { heard.set_value(); }; });
  peers_[0].say("ready");
  heard.get_future().wait();
  std::string expected;
  const auto send = [&](char letter, std::size_t size) {
    const Frame frame = Frame::of_packet(std::string(size, letter));
    expected += frame.wire();
    on_loop([&] { connections_[0]->send_frame(frame); });
  };
  send('a', 60'000);
  // Tasks that follow each other closely run in one turn: the flush is waited for.
  for (bool blocked = false; !blocked;) on_loop([&] { blocked = connections_[0]->blocked(); });
  for (char letter = 'b'; letter < 'u'; ++letter) send(letter, 500);
  on_loop([&] {
    EXPECT_TRUE(connections_[0]->blocked());
    connections_[0]->finish();
  });
  peers_[0].read_all();
  EXPECT_TRUE(peers_[0].received == expected);
}

TEST_P(ConnectionTlsTest, AFrameOfMegabytesArrivesAndCountsUntilItHasLeft) {
  add();
  peers_[0].say("ready");
  const Frame large = Frame::of_packet(std::string(3'000'000, 'x'));
  std::promise<void> drained;
  on_loop([&] {
    connections_[0]->drained = [&] { drained.set_value(); };
    connections_[0]->send_frame(large);
    connections_[0]->send_frame(large);
    EXPECT_GE(connections_[0]->unsent(), 2 * large.wire().size());
  });
  bool blocked = false;
  while (!blocked) on_loop([&] { blocked = connections_[0]->blocked(); });
  on_loop([&] {
    EXPECT_GT(connections_[0]->unsent(), large.wire().size());
    EXPECT_GT(connections_[0]->unsent(), connections_[0]->queued()) << "some is encrypted";
    EXPECT_LT(connections_[0]->unsent() - connections_[0]->queued(), 100'000u) << "but not all";
  });
  peers_[0].read_until(2 * large.wire().size());
  drained.get_future().wait();
  on_loop([&] {
    EXPECT_EQ(connections_[0]->unsent(), 0u);
    EXPECT_FALSE(connections_[0]->blocked());
  });
}

TEST_P(ConnectionTlsTest, WhatWasNotBegunCanBeDropped) {
  add();
  peers_[0].say("ready");
  const Frame first = Frame::of_packet(std::string(200'000, 'x'));
  const Frame second = Frame::of_packet(std::string(200'000, 'y'));
  on_loop([&] {
    connections_[0]->send_frame(first);
    connections_[0]->send_frame(second);
  });
  bool blocked = false;
  while (!blocked) on_loop([&] { blocked = connections_[0]->blocked(); });
  on_loop([&] {
    connections_[0]->drop_unsent();
    connections_[0]->send_frame(Frame::of_packet("end"));
    connections_[0]->finish();
  });
  peers_[0].read_all();
  EXPECT_TRUE(peers_[0].received ==
              std::string(first.wire()) + std::string(Frame::of_packet("end").wire()));
}

TEST_P(ConnectionTlsTest, WhatEndsTheHandshakeMayHaveARequestBehindIt) {
  std::promise<std::string> heard;
  add();
  on_loop([&] {
    connections_[0]->heard = [&](std::string_view text) { heard.set_value(std::string(text)); };
  });
  Peer& peer = peers_[0];
  while (!peer.tls->established()) {
    std::array<char, 65536> buffer;
    const ssize_t got = recv(peer.fd, buffer.data(), buffer.size(), 0);
    ASSERT_GT(got, 0);
    ASSERT_TRUE(peer.tls->receive(std::span(buffer).first(static_cast<std::size_t>(got))));
  }
  ASSERT_TRUE(peer.tls->write("hello"));
  peer.send_wire();  // the last message of the handshake is in it too
  EXPECT_EQ(heard.get_future().get(), "hello");
}

TEST_P(ConnectionTlsTest, GoesToAnotherConnectionWithWhatHasComeAlready) {
  add();
  Listener* second = nullptr;
  std::string behind;
  std::promise<void> over;
  std::string heard;
  on_loop([&] {
    connections_[0]->heard = [&](std::string_view text) {
      EXPECT_EQ(text, "first");
      auto released = connections_[0]->release();
      behind = released.unread;
      auto owned = std::make_unique<Listener>(loop_, released.fd);
      second = owned.get();
      second->heard = [&](std::string_view more) { heard += more; };
      second->ended = [&] { over.set_value(); };
      second->secure(std::move(released.tls));
      loop_.add(std::move(owned));
      second->send(std::string("answer"));
    };
  });
  Peer& peer = peers_[0];
  while (!peer.tls->established()) ASSERT_TRUE(peer.read(0));
  // Two records and a part of the third arrive with what gives the connection away.
  ASSERT_TRUE(peer.tls->write("first"));
  ASSERT_TRUE(peer.tls->write("second"));
  ASSERT_TRUE(peer.tls->write("third"));
  const std::string wire(peer.tls->wire());
  peer.tls->taken(wire.size());
  ASSERT_EQ(send(peer.fd, wire.data(), wire.size() - 4, 0), static_cast<ssize_t>(wire.size() - 4));
  peer.read_until(6);
  EXPECT_EQ(peer.received, "answer");
  EXPECT_EQ(behind, "second");
  ASSERT_EQ(send(peer.fd, wire.data() + wire.size() - 4, 4, 0), 4);
  peer.tls->finish();
  peer.send_wire();
  shutdown(peer.fd, SHUT_WR);
  over.get_future().wait();
  EXPECT_EQ(heard, "third");
}

TEST_P(ConnectionTlsTest, AnEndOfTheClientIsAnsweredBehindWhatIsQueued) {
  add();
  std::promise<void> ended;
  on_loop([&] {
    connections_[0]->heard = [&](std::string_view) { connections_[0]->send(std::string("bye")); };
    connections_[0]->ended = [&] { ended.set_value(); };
  });
  Peer& peer = peers_[0];
  while (!peer.tls->established()) ASSERT_TRUE(peer.read(0));
  ASSERT_TRUE(peer.tls->write("last"));
  peer.tls->finish();
  peer.send_wire();
  peer.read_all();
  EXPECT_EQ(peer.received, "bye");
  EXPECT_TRUE(peer.tls->over() && !peer.tls->failed());
  shutdown(peer.fd, SHUT_WR);
  ended.get_future().wait();
}

TEST_P(ConnectionTlsTest, WhatIsNoTlsEnds) {
  for (const std::string text : {"GET / HTTP/1.1\r\n\r\n", "\1\2\3\4\5\6\7 garbage, garbage"}) {
    int pair[2];
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    std::promise<void> ended;
    auto connection = std::make_unique<Listener>(loop_, pair[0]);
    connection->ended = [&] { ended.set_value(); };
    connection->heard = [](std::string_view) { ADD_FAILURE(); };
    on_loop([&] {
      connection->secure(acceptor_.accept());
      connection->send(std::string("never said"));
      loop_.add(std::move(connection));
    });
    ASSERT_EQ(send(pair[1], text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
    ended.get_future().wait();
    std::array<char, 1000> buffer;
    std::string answer;
    for (ssize_t got; (got = recv(pair[1], buffer.data(), buffer.size(), 0)) > 0;)
      answer.append(buffer.data(), static_cast<std::size_t>(got));
    EXPECT_EQ(answer.starts_with("HTTP/1.1 400 "), text.starts_with("GET")) << answer;
    EXPECT_EQ(answer.find("never"), std::string::npos);
    close(pair[1]);
  }
}

TEST_P(ConnectionTlsTest, AHandshakeThatIsNotCompletedEndsWithTheDeadlineOfRequests) {
  struct Silent : HttpListener {
    void on_request(HttpConnection&, HttpRequest) override { ADD_FAILURE(); }
    void on_http_end(HttpConnection&) override {}
  } nobody;
  on_loop([&] { loop_.watch(soon_); });
  for (const bool speaks : {false, true}) {
    int pair[2];
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    Peer peer{pair[1], clients_.started(), {}};
    if (speaks) peer.send_wire();
    on_loop([&] {
      auto connection = std::make_unique<HttpConnection>(loop_, pair[0], "", 1, false,
                                                         HttpConnection::Limits{}, soon_, nobody);
      connection->secure(acceptor_.accept());
      loop_.add(std::move(connection));
    });
    std::array<char, 4096> buffer;
    std::size_t came = 0;
    for (ssize_t got; (got = recv(peer.fd, buffer.data(), buffer.size(), 0)) > 0;)
      came += static_cast<std::size_t>(got);
    EXPECT_EQ(came > 0, speaks) << "the server's half of the handshake, or nothing";
    close(peer.fd);
  }
  bool gone = false;
  while (!gone) on_loop([&] { gone = loop_.connections() == 0; });
}

TEST_P(ConnectionTlsTest, WhoIsEndedGetsACloseNotify) {
  add();
  std::promise<void> heard;
  on_loop([&] { connections_[0]->heard = [&](std::string_view) { heard.set_value(); }; });
  peers_[0].say("ready");
  heard.get_future().wait();
  on_loop([&] { connections_[0]->end(); });
  peers_[0].read_all();
  EXPECT_TRUE(peers_[0].tls->over() && !peers_[0].tls->failed());
}

}  // namespace
}  // namespace lectern::net
