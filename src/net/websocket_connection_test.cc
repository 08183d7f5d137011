#include "net/websocket_connection.h"

#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "net/loop.h"
#include "websocket/encoder.h"

namespace lectern::net {
namespace {

using websocket::Opcode;
using namespace std::string_literals;

// A loop with one WebSocket that sends every text back; the test is its peer. The notes are read
// after the loop has ended, which it does with the connection.
class WebSocketConnectionTest : public ::testing::Test, public WebSocketListener {
 protected:
  WebSocketConnectionTest() {
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0) std::abort();
    peer_ = pair[0];
    auto connection = std::make_unique<WebSocketConnection>(loop_, pair[1], 100,
                                                            WebSocketConnection::Agreement{});
    connection->attach(*this);
    loop_.add(std::move(connection));
  }
  // The listener is complete, and stays so, while the loop runs.
  void SetUp() override {
    thread_ = std::thread([this] { loop_.run(); });
  }
  void TearDown() override {
    leave();
    close(peer_);
  }

  void on_text(WebSocketConnection& connection, std::string_view text) override {
    if (text == "bye") return connection.close(websocket::CloseCode::normal, "as you say");
    connection.send_text(text);
  }
  void on_binary(WebSocketConnection&, std::string_view bytes) override {
    notes_.push_back("binary " + std::string(bytes));
  }
  void on_alive(WebSocketConnection&) override { notes_.push_back("alive"); }
  void on_violation(WebSocketConnection& connection, Errc error) override {
    notes_.push_back(name_of(error));
    connection.send_text("last words");
  }
  void on_websocket_end(WebSocketConnection&) override { notes_.push_back("end"); }

  void tell(Opcode opcode, std::string_view payload, bool fin = true) {
    std::string frame;
    websocket::append_client_frame(frame, opcode, payload, 0x12345678, fin);
    ASSERT_EQ(send(peer_, frame.data(), frame.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(frame.size()));
  }
  // What the server sends up to its end of file.
  std::string rest() {
    std::string text;
    char bytes[256];
    for (ssize_t got; (got = recv(peer_, bytes, sizeof bytes, 0)) > 0;)
      text.append(bytes, static_cast<std::size_t>(got));
    return text;
  }
  std::vector<std::string> notes() {
    leave();
    return notes_;
  }
  void leave() {
    if (!thread_.joinable()) return;
    shutdown(peer_, SHUT_WR);
    loop_.post([this] { loop_.stop_when_empty(); });
    thread_.join();
  }

  static std::string close_frame(websocket::CloseCode code, std::string_view reason = {}) {
    std::string frame;
    websocket::append_close(frame, code, reason);
    return frame;
  }

  Loop loop_;
  int peer_;
  std::vector<std::string> notes_;
  std::thread thread_;
};

TEST_F(WebSocketConnectionTest, JoinsFragmentsAndAnswersPingsBetweenThem) {
  tell(Opcode::text, "he", false);
  tell(Opcode::ping, "p");
  tell(Opcode::continuation, "llo");
  tell(Opcode::close, "\x03\xe8");
  EXPECT_EQ(rest(), "\x8a\x01p\x81\x05hello\x88\x02\x03\xe8");
  EXPECT_EQ(notes(), (std::vector<std::string>{"alive", "end"}));
}

TEST_F(WebSocketConnectionTest, ClosesWithCodeAndReasonBehindWhatIsQueued) {
  tell(Opcode::text, "one");
  tell(Opcode::text, "bye");
  EXPECT_EQ(rest(), "\x81\x03one" + close_frame(websocket::CloseCode::normal, "as you say"));
}

TEST_F(WebSocketConnectionTest, TellsTheListenerBeforeItClosesForTooMuch) {
  tell(Opcode::text, std::string(101, 'x'));
  EXPECT_EQ(rest(), "\x81\x0alast words" + close_frame(websocket::CloseCode::too_big));
  EXPECT_EQ(notes(), std::vector<std::string>{"payload_too_large"})
      << "the end is not told a second time";
}

TEST_F(WebSocketConnectionTest, ClosesForWhatIsNoFrameAndForBadText) {
  const std::string unmasked = "\x81\x01x";
  ASSERT_EQ(send(peer_, unmasked.data(), unmasked.size(), MSG_NOSIGNAL), 3);
  EXPECT_EQ(rest(), "\x81\x0alast words" + close_frame(websocket::CloseCode::protocol_error));
  EXPECT_EQ(notes(), std::vector<std::string>{"malformed_frame"});
}

TEST_F(WebSocketConnectionTest, SaysThatThePeerLeft) {
  shutdown(peer_, SHUT_RDWR);
  EXPECT_EQ(notes(), std::vector<std::string>{"end"});
}

}  // namespace
}  // namespace lectern::net
