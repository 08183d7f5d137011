#include <future>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <lectern/log_sink.h>
#include <lectern/server.h>
#include <boost/json/value.hpp>

#include "server/test_client.h"

namespace lectern {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view kInternalError = "\x88\x02\x03\xf3";  // a close frame, 1011

class Lines : public LogSink {
 public:
  bool enabled(Level level) const noexcept override { return level >= Level::warning; }
  void write(Level level, std::string_view line) noexcept override {
    if (!enabled(level)) return;
    const std::lock_guard lock(mutex_);
    lines_.emplace_back(line);
  }
  std::vector<std::string> lines() const {
    const std::lock_guard lock(mutex_);
    return lines_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

// What the application gets wrong, by the name that the client chose.
class ExceptionsTest : public ::testing::Test {
 protected:
  ~ExceptionsTest() override { server_->stop(milliseconds(0)); }

  void start() {
    options_.listen = {{"127.0.0.1", 0, false}};
    options_.log = &log_;
    options_.keep_handshake = true;
    server_ = std::make_unique<Server>(options_);
    auto& root = server_->of("/");
    root.use = [this](Socket& socket, Next next) {
      fail_if(socket, "use");
      server_->post(0, [next = std::move(next)]() mutable { next(std::nullopt); });
    };
    root.on_connection = [this](Socket& socket) { fail_if(socket, "connection"); };
    root.on_event = [this](Socket& socket, Event& event) { take(socket, event); };
    root.on_drain = [this](Socket& socket) {
      if (socket.data) fail_if(socket, "drain");  // the answer to CONNECT may drain as well
    };
    root.on_closing = [this](Socket& socket, Errc) { fail_if(socket, "closing"); };
    root.on_disconnect = [this](Socket& socket, DisconnectReason reason) {
      reasons_.emplace_back(reason);
      fail_if(socket, "disconnect");
    };
    server_->websocket().on_text = [](MessageSocket&, std::string_view) {
      throw std::runtime_error("text");
    };
    server_->on_http([](HttpRequest, HttpReply) { throw std::runtime_error("http"); });
    port_ = server_->start().front().port;
  }

  static void fail_if(const Socket& socket, const char* where) {
    if (socket.auth().at("in").as_string() == where) throw std::runtime_error(where);
  }

  void take(Socket& socket, Event& event) {
    const auto failing = [](const Result<Arguments>&) { throw std::runtime_error("ack"); };
    if (event.name == "ask") socket.emit_with_ack("question", {}, std::chrono::hours(1), failing);
    if (event.name == "wait") socket.emit_with_ack("question", {}, milliseconds(1), failing);
    if (event.name == "post") server_->post(0, [] { throw std::runtime_error("post"); });
    if (event.name == "run") server_->run_on(0, [] { throw std::runtime_error("run"); });
    if (event.name == "later")
      server_->run_after(0, milliseconds(1), [] { throw std::runtime_error("later"); });
    if (event.name == "fetch")
      server_->broadcast().fetch_sockets([](const auto&) { throw std::runtime_error("fetch"); });
    if (event.name == "broadcast")
      server_->broadcast().emit_with_ack("question", {}, milliseconds(0), [](const auto&) {
        throw std::runtime_error("broadcast");
      });
    socket.data = std::make_shared<int>();
    event.ack(0);
  }

  // A client whose handler of that name throws.
  std::unique_ptr<TestClient> open(const std::string& in) const {
    auto client = std::make_unique<TestClient>(port_);
    client->upgrade("");
    client->text();
    client->send_text("40{\"in\":\"" + in + "\"}");
    return client;
  }
  std::unique_ptr<TestClient> join(const std::string& in) const {
    auto client = open(in);
    EXPECT_TRUE(client->text().starts_with("40{"));
    return client;
  }
  void stop() { server_->stop(milliseconds(0)); }
  std::string said(const std::string& what) const { return "a handler threw: " + what; }

  Options options_;
  Lines log_;
  std::unique_ptr<Server> server_;
  std::uint16_t port_ = 0;
  std::vector<std::string> reasons_;
};

using Strings = std::vector<std::string>;

TEST_F(ExceptionsTest, AMiddlewareCostsItsOwnConnection) {
  start();
  EXPECT_EQ(open("use")->read_all(), kInternalError);
  EXPECT_EQ(log_.lines(), Strings{said("use")});
}

TEST_F(ExceptionsTest, AConnectionHandlerCostsItsOwnConnection) {
  start();
  EXPECT_EQ(join("connection")->read_all(), kInternalError);
  stop();
  EXPECT_EQ(reasons_, Strings{"forced close"});
}

TEST_F(ExceptionsTest, AnAcknowledgementCostsItsOwnConnection) {
  start();
  const auto good = join("");
  const auto answering = join("");
  answering->send_text("42[\"ask\"]");
  EXPECT_EQ(answering->text(), "421[\"question\"]");
  answering->send_text("431[]");
  EXPECT_EQ(answering->read_all(), kInternalError);
  const auto silent = join("");
  silent->send_text("42[\"wait\"]");
  EXPECT_EQ(silent->text(), "421[\"question\"]");
  EXPECT_EQ(silent->read_all(), kInternalError);
  const auto leaving = join("");
  leaving->send_text("42[\"ask\"]");
  EXPECT_EQ(leaving->text(), "421[\"question\"]");
  leaving->send_text("41");
  EXPECT_EQ(leaving->read_all(), kInternalError);
  good->send_text("427[\"x\"]");
  EXPECT_EQ(good->text(), "437[0]");
  EXPECT_EQ(log_.lines(), (Strings{said("ack"), said("ack"), said("ack")}));
}

TEST_F(ExceptionsTest, ADrainHandlerCostsItsOwnConnection) {
  start();
  TestClient client(port_);
  const auto sid = client.get("transport=polling").substr(9, 20);
  const auto query = "transport=polling&sid=" + sid;
  client.request("POST", query, "40{\"in\":\"drain\"}");
  EXPECT_TRUE(client.get(query).starts_with("40{"));
  client.request("POST", query, "421[\"x\"]");
  EXPECT_EQ(client.get(query), "431[0]");
  EXPECT_EQ(client.get(query), "1");
  EXPECT_EQ(log_.lines(), Strings{said("drain")});
}

TEST_F(ExceptionsTest, AClosingHandlerCostsItsOwnConnection) {
  start();
  const auto client = join("closing");
  client->send_text("4x");
  EXPECT_EQ(client->read_all(), kInternalError);
  EXPECT_EQ(log_.lines(), Strings{said("closing")});
}

TEST_F(ExceptionsTest, ADisconnectHandlerCostsItsOwnConnection) {
  start();
  const auto client = join("disconnect");
  client->send_text("41");
  EXPECT_EQ(client->read_all(), kInternalError);
  const auto gone = join("disconnect");
  gone->leave();
  const auto good = join("");
  stop();
  EXPECT_EQ(log_.lines(), (Strings{said("disconnect"), said("disconnect")}));
  EXPECT_EQ(reasons_,
            (Strings{"client namespace disconnect", "transport close", "server shutting down"}));
}

TEST_F(ExceptionsTest, WhatIsDoneWithASocketCostsItsConnection) {
  start();
  std::promise<SocketRef> joined;
  const auto client = join("");
  server_->broadcast().fetch_sockets(
      [&](const auto& found) { joined.set_value(found.sockets.front().ref); });
  server_->with_socket(joined.get_future().get(),
                       [](Socket&) { throw std::runtime_error("with"); });
  EXPECT_EQ(client->read_all(), kInternalError);
}

TEST_F(ExceptionsTest, TasksAreLoggedAndCostNothing) {
  start();
  const auto client = join("");
  for (const char* where : {"post", "run", "later", "fetch", "broadcast"}) {
    client->send_text("421[\"" + std::string(where) + "\"]");
    std::string text;
    do text = client->text();
    while (text != "431[0]" && text != "closed");
    EXPECT_EQ(text, "431[0]");
    // Whatever was posted has run when a task that is due later has.
    std::promise<void> passed;
    server_->run_after(0, milliseconds(2), [&] { passed.set_value(); });
    passed.get_future().get();
    EXPECT_EQ(log_.lines().back(), said(where));
  }
  EXPECT_EQ(log_.lines().size(), 5U);
}

TEST_F(ExceptionsTest, AnHttpHandlerIsAnswered500) {
  start();
  TestClient client(port_);
  client.send("GET /x HTTP/1.1\r\nHost: x\r\n\r\n");
  client.answer();
  EXPECT_EQ(client.status, "500");
  EXPECT_EQ(log_.lines(), Strings{said("http")});
}

TEST_F(ExceptionsTest, AnAdmissionThatThrowsIsARefusal) {
  options_.allow_request = [](const HttpRequest&) -> bool { throw std::runtime_error("allow"); };
  start();
  TestClient client(port_);
  client.get("transport=polling");
  EXPECT_EQ(client.status, "403");
  EXPECT_EQ(log_.lines(), Strings{said("allow")});
}

TEST_F(ExceptionsTest, APlainWebSocketIsClosed) {
  start();
  TestClient client(port_);
  client.send(
      "GET /plain HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
  client.read_to("\r\n\r\n");
  client.send_text("x");
  EXPECT_EQ(client.read_all(), kInternalError);
  EXPECT_EQ(log_.lines(), Strings{said("text")});
}

}  // namespace
}  // namespace lectern
