#include "client/client_fixture.h"

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>

#include <gmock/gmock.h>
#include <lectern/log_sink.h>

namespace lectern {
namespace {

using ::testing::IsSupersetOf;

TEST_P(OverEveryTransport, MiddlewareRefusesWithItsData) {
  ClientSocket& socket = make_client("/closed");
  socket.connect();
  EXPECT_TRUE(log_.has("connect_error not you{\"code\":7}"));
  EXPECT_FALSE(socket.connected());
}

TEST_P(OverEveryTransport, NamespacesShareTheConnection) {
  ClientSocket& root = connect();
  ClientSocket& other = make_client("/other");
  other.connect();
  ASSERT_TRUE(log_.has("connect", 2));
  EXPECT_NE(root.id(), other.id());
  other.disconnect();
  ASSERT_TRUE(log_.has("disconnect io client disconnect"));
  root.emit("echo", "still here");
  EXPECT_TRUE(log_.has("echo [\"still here\"]"));
  EXPECT_EQ(server_->stats().sessions, 1U);
}

TEST_F(ClientTest, AuthIsAskedForBeforeEveryConnect) {
  start_server();
  ClientSocket& socket = make_client();
  int asked = 0;
  socket.set_auth([&] {
    log_.add("auth " + std::to_string(++asked));
    return json::object{{"token", asked}};
  });
  socket.connect();
  ASSERT_TRUE(log_.has("connect"));
  socket.emit("drop", 1);
  ASSERT_TRUE(log_.has("connect", 2));
  EXPECT_THAT(log_.lines(), IsSupersetOf({"auth 1", "auth 2"}));
}

TEST_F(ClientTest, HandlersMayDoEverything) {
  start_server();
  ClientSocket& socket = make_client();
  socket.on("echo", [&](const ClientEvent& event) {
    socket.off("echo");
    socket.on("echo", [this](const ClientEvent&) { log_.add("second"); });
    socket.on_disconnect([&](DisconnectReason) {
      socket.on_disconnect([this](DisconnectReason) { log_.add("third"); });
      socket.connect();
    });
    if (event.args[0] == 1) socket.disconnect();
  });
  socket.connect();
  socket.emit("echo", 1);
  ASSERT_TRUE(log_.has("connect", 2));
  socket.emit("echo", 2);
  EXPECT_TRUE(log_.has("second"));
  socket.disconnect();
  EXPECT_TRUE(log_.has("third"));
}

TEST_F(ClientTest, WhatHandlersThrowIsLogged) {
  class Lines : public LogSink {
   public:
    explicit Lines(Log& log) : log_(log) {}
    bool enabled(Level) const noexcept override { return true; }
    void write(Level, std::string_view line) noexcept override { log_.add(std::string(line)); }

   private:
    Log& log_;
  } lines(log_);
  options_.log = &lines;
  start_server();
  ClientSocket& socket = make_client();
  const auto fail = [](const char* where) { throw std::runtime_error(where); };
  socket.on_connect([&] { fail("connect"); });
  socket.on_disconnect([&](DisconnectReason) { fail("disconnect"); });
  socket.on("echo", [&](const ClientEvent&) { fail("event"); });
  client_->on_reconnect_attempt([&](const ReconnectAttempt&) { fail("attempt"); });
  socket.connect();
  socket.emit("echo", 1);
  socket.emit_with_ack("echo", {}, std::chrono::seconds(10),
                       [&](const Result<Arguments>&) { fail("ack"); });
  socket.emit_with_ack("nobody", {}, milliseconds(1),
                       [&](const Result<Arguments>&) { fail("late ack"); });
  client_->post([&] { fail("task"); });
  for (const char* where : {"connect", "event", "ack", "late ack", "task"})
    EXPECT_TRUE(log_.has(std::string("a handler threw: ") + where)) << where;
  socket.emit("drop", true);
  for (const char* where : {"disconnect", "attempt"})
    EXPECT_TRUE(log_.has(std::string("a handler threw: ") + where)) << where;
  EXPECT_TRUE(log_.has("a handler threw: connect", 2)) << "it came back";
  socket.set_auth([&]() -> json::value { throw std::runtime_error("auth"); });
  socket.emit("drop", true);
  EXPECT_TRUE(log_.has("connect_error auth error"));
}

TEST(Client, RefusesWhatItCannotDo) {
  EXPECT_THROW(Client("localhost:1"), std::invalid_argument);
  ClientOptions options;
  options.transports = {"webtransport"};
  EXPECT_THROW(Client("http://a", options), std::invalid_argument);
  options = {};
  options.extra_headers = {{"X", "a\r\nb: c"}};
  EXPECT_THROW(Client("http://a", options), std::invalid_argument);
}

}  // namespace
}  // namespace lectern
