#include "client/client_fixture.h"

#include <algorithm>
#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>

namespace lectern {
namespace {

using ::testing::ElementsAre;

INSTANTIATE_TEST_SUITE_P(Transports, OverEveryTransport,
                         ::testing::Values(std::vector<std::string>{"polling"},
                                           std::vector<std::string>{"websocket"},
                                           std::vector<std::string>{"polling", "websocket"}),
                         [](const auto& transports) {
                           return transports.param.size() == 2 ? "upgrade"
                                                               : transports.param.front();
                         });

TEST_P(OverEveryTransport, TheServersDisconnectIsFinal) {
  connect().emit("kick", true);
  EXPECT_TRUE(log_.has("disconnect io server disconnect"));
  connect();  // unless it is asked for
  EXPECT_TRUE(log_.has("connect", 2));
  auto lines = log_.lines();
  EXPECT_THAT(lines, ::testing::Not(::testing::Contains("attempt 1")));
}

TEST_P(OverEveryTransport, TheClientsDisconnectIsSaidToTheServer) {
  ClientSocket& socket = connect();
  socket.disconnect();
  EXPECT_TRUE(log_.has("disconnect io client disconnect"));
  EXPECT_TRUE(log_.has("server: client namespace disconnect"));
  EXPECT_FALSE(socket.connected());
  EXPECT_EQ(socket.id(), "");
  EXPECT_EQ(client_->transport(), "");
}

TEST_P(OverEveryTransport, WhatWasEmittedBeforeTheEndStillLeaves) {
  ClientSocket& socket = connect();
  socket.on("question", [](const ClientEvent& event) { event.ack("late"); });
  socket.emit("ask", 1);
  ASSERT_TRUE(log_.has("question [1]"));
  for (int i = 0; i < 100; ++i) socket.emit("silence", i);
  client_.reset();
  EXPECT_TRUE(log_.has(R"(server: answer ["late"])"));
  EXPECT_TRUE(log_.has("server: client namespace disconnect"));
}

TEST_P(OverEveryTransport, ALostConnectionComesBack) {
  connect().emit("drop", 1);
  EXPECT_TRUE(log_.has("disconnect transport close"));
  EXPECT_TRUE(log_.has("connect", 2));
}

TEST_P(OverEveryTransport, AServerThatRestartsGetsItsClientsBack) {
  options_.randomization_factor = 0;
  connect();
  stop_server();
  ASSERT_TRUE(log_.has("attempt 5"));
  start_server();
  EXPECT_TRUE(log_.has("connect", 2));
  const std::lock_guard lock(delays_mutex_);
  delays_.resize(5);
  EXPECT_THAT(delays_, ElementsAre(milliseconds(1), milliseconds(2), milliseconds(4),
                                   milliseconds(8), milliseconds(8)));
}

TEST_P(OverEveryTransport, SilenceOfTheServerIsAPingTimeout) {
  server_options_.threads = 1;
  server_options_.ping_interval = milliseconds(100);
  server_options_.ping_timeout = milliseconds(200);
  stop_server();
  start_server();
  options_.reconnection = false;
  connect();
  std::promise<void> noticed;
  server_->post(0, [&, wait = noticed.get_future()]() mutable { wait.get(); });
  EXPECT_TRUE(log_.has("disconnect ping timeout"));
  noticed.set_value();
}

TEST_P(OverEveryTransport, HeartbeatsKeepAConnection) {
  server_options_.ping_interval = milliseconds(5);
  server_options_.ping_timeout = std::chrono::seconds(1);
  stop_server();
  start_server();
  ClientSocket& socket = connect();
  // Longer than the server waits for a pong, if it got none.
  socket.emit_with_ack("silence", {}, milliseconds(1200), note_ack("ack"));
  EXPECT_TRUE(log_.has("ack timed_out"));
  EXPECT_TRUE(socket.connected());
}

TEST_F(ClientTest, GoesOverToAWebSocket) {
  start_server();
  ClientSocket& socket = connect();
  EXPECT_TRUE(log_.has("upgrade"));
  EXPECT_EQ(client_->transport(), "websocket");
  socket.emit("echo", 1);
  EXPECT_TRUE(log_.has("echo [1]"));
  EXPECT_EQ(server_->stats().websocket_sessions, 1U);
}

TEST_P(OverEveryTransport, ALostSessionIsTakenUpAgain) {
  server_options_.recovery = std::chrono::seconds(60);
  stop_server();
  start_server();
  options_.reconnection_delay = milliseconds(300);  // what is missed is sent long before
  options_.reconnection_delay_max = milliseconds(300);
  ClientSocket& socket = connect();
  const std::string id = socket.id();
  EXPECT_FALSE(socket.recovered());
  socket.emit("drop", 1);
  ASSERT_TRUE(log_.has("disconnect transport close"));
  server_->broadcast("/").emit("missed", 7);
  ASSERT_TRUE(log_.has("connect", 2));
  EXPECT_TRUE(socket.recovered());
  EXPECT_EQ(socket.id(), id);
  const auto lines = log_.lines();
  EXPECT_TRUE(std::any_of(lines.begin(), lines.end(), [](const auto& line) {
    return line.starts_with("missed [7,");
  })) << "before the second connect, with its offset";
}

TEST_F(ClientTest, StaysWithPollingWhereAWebSocketIsRefused) {
  server_options_.websocket = false;
  start_server();
  ClientSocket& socket = connect();
  socket.emit("echo", 1);
  EXPECT_TRUE(log_.has("echo [1]"));
  EXPECT_EQ(client_->transport(), "polling");
}

TEST_F(ClientTest, TellsWhichTransportDidNotConnect) {
  start_server();
  stop_server();
  options_.reconnection = false;
  make_client().connect();
  EXPECT_TRUE(log_.has("connect_error xhr poll error"));
  client_.reset();
  options_.transports = {"websocket"};
  make_client().connect();
  EXPECT_TRUE(log_.has("connect_error websocket error"));
}

TEST_F(ClientTest, ARefusalOfTheServerIsAnError) {
  server_options_.polling = false;
  start_server();
  options_.reconnection = false;
  make_client().connect();
  EXPECT_TRUE(log_.has("connect_error xhr poll error")) << "400";
  client_.reset();
  options_.path = "/nothing/";
  options_.transports = {"websocket"};
  make_client().connect();
  EXPECT_TRUE(log_.has("connect_error websocket error")) << "404";
}

TEST_F(ClientTest, GivesUpAfterTheLastAttempt) {
  start_server();
  stop_server();
  options_.reconnection_attempts = 3;
  ClientSocket& socket = make_client();
  socket.connect();
  ASSERT_TRUE(log_.has("gave up"));
  EXPECT_THAT(log_.lines(), ElementsAre("connect_error xhr poll error", "attempt 1",
                                        "connect_error xhr poll error", "attempt 2",
                                        "connect_error xhr poll error", "attempt 3",
                                        "connect_error xhr poll error", "gave up"));
  start_server();
  socket.connect();
  EXPECT_TRUE(log_.has("connect")) << "may be asked to try again";
}

TEST_F(ClientTest, ASilentServerIsATimeout) {
  server_options_.threads = 1;
  std::vector<HttpReply> kept;
  server_ = std::make_unique<Server>(server_options_);
  server_->on_http([&](HttpRequest, HttpReply reply) { kept.push_back(std::move(reply)); });
  server_options_.listen = server_->start();
  options_.timeout = milliseconds(20);
  options_.reconnection = false;
  options_.path = "/silent/";
  make_client().connect();
  EXPECT_TRUE(log_.has("connect_error timeout"));
  server_->run_on(0, [&] { kept.clear(); });
  stop_server();
}

TEST_F(ClientTest, AHostNameIsLookedUpElsewhere) {
  start_server();
  client_ = std::make_unique<Client>(
      "http://localhost:" + std::to_string(server_options_.listen.front().port), options_);
  make_client().connect();
  EXPECT_TRUE(log_.has("connect")) << "also where localhost is ::1 first and nobody listens there";
}

TEST_F(ClientTest, AHostThatDoesNotExistIsAnError) {
  options_.reconnection = false;
  client_ = std::make_unique<Client>("http://host.invalid", options_);
  make_client().connect();
  EXPECT_TRUE(log_.has("connect_error xhr poll error"));
}

TEST_F(ClientTest, EndsWhileItConnects) {
  start_server();
  for (int i = 0; i < 20; ++i) {
    make_client().connect();
    client_.reset();
  }
}

}  // namespace
}  // namespace lectern
