#include <lectern/client.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <future>
#include <iostream>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

#include <boost/json/serialize.hpp>
#include <boost/system/system_error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <lectern/log_sink.h>
#include <lectern/server.h>

namespace lectern {
namespace {

namespace json = boost::json;
using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::IsSupersetOf;

// What happened, in order, told by handlers on any thread.
class Log {
 public:
  void add(std::string line) {
    const std::lock_guard lock(mutex_);
    lines_.push_back(std::move(line));
    changed_.notify_all();
  }
  // Waits for that line, at most ten seconds; `count` of them.
  bool has(const std::string& line, int count = 1) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(10), [&] {
      return std::count(lines_.begin(), lines_.end(), line) >= count;
    });
  }
  std::vector<std::string> lines() {
    const std::lock_guard lock(mutex_);
    return lines_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> lines_;
};

std::string text_of(const Result<Arguments>& ack) {
  return ack ? json::serialize(ack->values) : ack.error().message();
}

class ClientTest : public ::testing::TestWithParam<std::vector<std::string>> {
 protected:
  ClientTest() {
    server_options_.listen = {{"127.0.0.1", 0, false}};
    server_options_.threads = 2;
    options_.reconnection_delay = milliseconds(1);
    options_.reconnection_delay_max = milliseconds(8);
  }
  ~ClientTest() override {
    client_.reset();
    stop_server();
    if (!HasFailure()) return;
    for (const auto& line : log_.lines()) std::cerr << "  " << line.substr(0, 100) << '\n';
  }

  void start_server() {
    server_ = std::make_unique<Server>(server_options_);
    for (const char* name : {"/", "/other"}) {
      Namespace& nsp = server_->of(name);
      nsp.on_event = [this](Socket& socket, Event& event) { serve(socket, event); };
      nsp.on_disconnect = [this](Socket&, DisconnectReason reason) {
        log_.add("server: " + std::string(reason));
      };
    }
    server_->of("/closed").use = [](Socket&, Next next) {
      next(ConnectError{"not you", std::make_shared<json::value>(json::object{{"code", 7}})});
    };
    server_options_.listen = server_->start();  // the same port after a restart
  }
  void stop_server() {
    if (server_) server_->stop(milliseconds(0));
    server_.reset();
  }

  void serve(Socket& socket, Event& event) {
    Arguments same{event.args, event.attachments};
    if (event.name == "echo") {
      if (!event.ack.requested()) socket.emit_args("echo", same);
      event.ack.reply(same);
    }
    if (event.name == "ask") {
      socket.emit_with_ack(
          "question", same, std::chrono::seconds(5),
          [this](Result<Arguments> ack) { log_.add("server: answer " + text_of(ack)); });
    }
    if (event.name == "item" && event.args[0] == items_) ++items_;
    if (event.name == "count") event.ack(items_);
    if (event.name == "kick") socket.disconnect(/*close_connection=*/event.args[0].as_bool());
    if (event.name == "drop") socket.close_transport("transport close");
  }

  std::string url() const {
    return "http://127.0.0.1:" + std::to_string(server_options_.listen.front().port);
  }

  // A client whose socket of `nsp` writes down what happens to it.
  ClientSocket& make_client(std::string_view nsp = "/") {
    if (!client_) client_ = std::make_unique<Client>(url(), options_);
    ClientSocket& socket = client_->of(nsp);
    socket.on_connect([this] { log_.add("connect"); });
    socket.on_disconnect(
        [this](DisconnectReason why) { log_.add("disconnect " + std::string(why)); });
    socket.on_connect_error([this](const ConnectError& error) {
      log_.add("connect_error " + error.message + (error.data ? json::serialize(*error.data) : ""));
    });
    socket.on_any([this](const ClientEvent& event) {
      std::string line = std::string(event.name) + ' ' + json::serialize(event.args);
      for (const auto& bytes : event.attachments) line += ' ' + bytes;
      log_.add(line);
    });
    client_->on_upgrade([this] { log_.add("upgrade"); });
    client_->on_reconnect_attempt([this](const ReconnectAttempt& attempt) {
      log_.add("attempt " + std::to_string(attempt.number));
      const std::lock_guard lock(delays_mutex_);
      delays_.push_back(attempt.delay);
    });
    client_->on_reconnect_failed([this] { log_.add("gave up"); });
    return socket;
  }
  ClientSocket& connect(std::string_view nsp = "/") {
    ClientSocket& socket = make_client(nsp);
    socket.connect();
    EXPECT_TRUE(log_.has("connect"));
    return socket;
  }
  AckHandler note_ack(const std::string& name) {
    return [this, name](Result<Arguments> ack) { log_.add(name + ' ' + text_of(ack)); };
  }

  Log log_;
  Options server_options_;
  ClientOptions options_;
  int items_ = 0;  // in order, of one socket
  std::mutex delays_mutex_;
  std::vector<milliseconds> delays_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<Client> client_;
};

class OverEveryTransport : public ClientTest {
 protected:
  OverEveryTransport() {
    options_.transports = GetParam();
    start_server();
  }
};

INSTANTIATE_TEST_SUITE_P(Transports, OverEveryTransport,
                         ::testing::Values(std::vector<std::string>{"polling"},
                                           std::vector<std::string>{"websocket"},
                                           std::vector<std::string>{"polling", "websocket"}),
                         [](const auto& transports) {
                           return transports.param.size() == 2 ? "upgrade"
                                                               : transports.param.front();
                         });

TEST_P(OverEveryTransport, EventsGoBothWaysInOrder) {
  ClientSocket& socket = connect();
  EXPECT_EQ(socket.id().size(), 20U);
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(socket.emit("echo", i));
  ASSERT_TRUE(log_.has("echo [19]"));
  std::vector<std::string> expected{"connect"};
  for (int i = 0; i < 20; ++i) expected.push_back("echo [" + std::to_string(i) + ']');
  auto lines = log_.lines();
  std::erase(lines, "upgrade");
  EXPECT_EQ(lines, expected);
}

TEST_P(OverEveryTransport, BinaryValuesComeBackAsTheyWere) {
  ClientSocket& socket = connect();
  const Arguments arguments{{json::object{{"_placeholder", true}, {"num", 0}}, "between",
                             json::object{{"_placeholder", true}, {"num", 1}}},
                            {std::string("\0\xff\x1e", 3), "second"}};
  ASSERT_TRUE(socket.emit_args("echo", arguments));
  EXPECT_TRUE(log_.has(R"(echo [{"_placeholder":true,"num":0},"between",)"
                       R"({"_placeholder":true,"num":1}] )" +
                       std::string("\0\xff\x1e", 3) + " second"));
}

TEST_P(OverEveryTransport, TheServerAcknowledges) {
  ClientSocket& socket = connect();
  socket.emit_with_ack("echo", {{1, "two"}, {}}, std::chrono::seconds(5), note_ack("ack"));
  EXPECT_TRUE(log_.has(R"(ack [1,"two"])"));
  socket.emit_with_ack("silence", {}, milliseconds(1), note_ack("ack"));
  EXPECT_TRUE(log_.has("ack timed_out"));
}

TEST_P(OverEveryTransport, TheClientAcknowledges) {
  ClientSocket& socket = connect();
  socket.on("question", [](const ClientEvent& event) {
    event.ack.reply({event.args, {}});
    event.ack("twice");
  });
  socket.emit("ask", "why");
  EXPECT_TRUE(log_.has(R"(server: answer ["why"])"));
}

TEST_P(OverEveryTransport, LargeMessagesPassInBothDirections) {
  ClientSocket& socket = connect();
  const std::string text(900'000, 'x');
  ASSERT_TRUE(socket.emit("echo", json::string(text)));
  EXPECT_TRUE(log_.has("echo [\"" + text + "\"]"));
}

TEST_F(ClientTest, CompressionIsAgreedOnWithTheServer) {
  options_.transports = {"websocket"};
  options_.compression = server_options_.compression = true;
  start_server();
  ClientSocket& socket = connect();
  const std::string text(100'000, 'x');
  const std::string bytes(100'000, '\xff');
  for (int i = 0; i < 3; ++i)
    socket.emit_args("echo", {{text, {{"_placeholder", true}, {"num", 0}}}, {bytes}});
  EXPECT_TRUE(log_.has("echo [\"" + text + "\",{\"_placeholder\":true,\"num\":0}] " + bytes, 3));
}

TEST_P(OverEveryTransport, MessagePackIsSpokenWhereTheServerDoes) {
  stop_server();
  options_.parser = server_options_.parser = Parser::msgpack;
  start_server();
  ClientSocket& socket = connect();
  client_->of("/closed").on_connect_error([this](const ConnectError& error) {
    log_.add(error.message + ' ' + json::serialize(*error.data));
  });
  client_->of("/closed").connect();
  EXPECT_TRUE(log_.has("not you {\"code\":7}"));
  socket.on("question", [](const ClientEvent& event) {
    event.ack.reply({event.args, event.attachments});
  });
  const Arguments some{{{{"n", 1.5}}, {{"_placeholder", true}, {"num", 0}}}, {"bytes"}};
  const std::string text = "[{\"n\":1.5E0},{\"_placeholder\":true,\"num\":0}]";
  EXPECT_FALSE(socket.emit("echo", json::value("\xff"))) << "no UTF-8";
  socket.emit_args("echo", some);
  EXPECT_TRUE(log_.has("echo " + text + " bytes"));
  socket.emit_with_ack("echo", some, std::chrono::seconds(10), note_ack("ack"));
  EXPECT_TRUE(log_.has("ack " + text));
  socket.emit_args("ask", some);
  EXPECT_TRUE(log_.has("server: answer " + text));
  socket.emit("drop", true);
  EXPECT_TRUE(log_.has("connect", 2)) << "it came back";
  socket.emit("kick", false);
  EXPECT_TRUE(log_.has("disconnect io server disconnect"));
}

TEST_P(OverEveryTransport, MoreThanAnyBufferHoldsLeavesInOrder) {
  options_.send_buffer_bytes = 16 * 1024 * 1024;
  ClientSocket& socket = connect();
  const std::string text(2000, 'x');
  for (int i = 0; i < 5000; ++i) ASSERT_TRUE(socket.emit_args("item", {{i, text}, {}}));
  socket.emit_with_ack("count", {}, std::chrono::seconds(10), note_ack("count"));
  EXPECT_TRUE(log_.has("count [5000]"));
}

TEST_P(OverEveryTransport, BatchesStayBelowTheServersLimit) {
  server_options_.max_payload = 1000;
  stop_server();
  start_server();
  ClientSocket& socket = connect();
  for (int i = 0; i < 200; ++i) ASSERT_TRUE(socket.emit("silence", std::string(100, 'x').c_str()));
  socket.emit_with_ack("echo", {{"end"}, {}}, std::chrono::seconds(10), note_ack("ack"));
  EXPECT_TRUE(log_.has("ack [\"end\"]"));
  EXPECT_EQ(server_->stats().protocol_errors, 0U);
}

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

TEST_P(OverEveryTransport, EventsWaitForTheServer) {
  stop_server();
  ClientSocket& socket = make_client();
  socket.emit("echo", 1);
  socket.emit("echo", 2, {.is_volatile = true});
  socket.emit_with_ack("echo", {{3}, {}}, std::chrono::seconds(10), note_ack("ack"));
  socket.emit_with_ack("echo", {{4}, {}}, milliseconds(0), note_ack("ack"));
  ASSERT_TRUE(log_.has("ack timed_out"));
  socket.connect();
  ASSERT_TRUE(log_.has("attempt 1"));
  start_server();
  EXPECT_TRUE(log_.has("ack [3]"));
  EXPECT_TRUE(log_.has("echo [1]"));
  socket.emit_with_ack("echo", {{5}, {}}, std::chrono::seconds(10), note_ack("ack"));
  EXPECT_TRUE(log_.has("ack [5]"));
  for (const auto& line : log_.lines()) {
    EXPECT_NE(line, "echo [2]") << "volatile";
    EXPECT_NE(line, "ack [4]") << "its time was over before it left";
  }
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

TEST_F(ClientTest, TheSendBufferIsBounded) {
  options_.send_buffer_bytes = 250;
  options_.max_pending_acks = 2;
  start_server();
  ClientSocket& socket = make_client();
  EXPECT_TRUE(socket.emit("silence", json::string(std::string(150, 'x'))));
  EXPECT_FALSE(socket.emit("silence", json::string(std::string(150, 'x'))));
  socket.connect();
  ASSERT_TRUE(log_.has("connect"));
  socket.emit_with_ack("echo", {}, std::chrono::seconds(5), note_ack("ack"));
  ASSERT_TRUE(log_.has("ack []"));
  EXPECT_TRUE(socket.emit("silence", json::string(std::string(150, 'x')))) << "it has left";
  EXPECT_TRUE(socket.emit_with_ack("silence", {}, std::chrono::seconds(50), note_ack("1")));
  EXPECT_TRUE(socket.emit_with_ack("silence", {}, std::chrono::seconds(50), note_ack("2")));
  EXPECT_FALSE(socket.emit_with_ack("silence", {}, std::chrono::seconds(50), note_ack("3")));
  socket.disconnect();
  EXPECT_TRUE(log_.has("2 disconnected"));
}

TEST_F(ClientTest, NamesOfSocketIoAreRefused) {
  start_server();
  ClientSocket& socket = connect();
  EXPECT_FALSE(socket.emit("disconnect", 1));
  EXPECT_FALSE(socket.emit("connect_error", 1));
  socket.emit("echo", 1);
  EXPECT_TRUE(log_.has("echo [1]")) << "the connection is as it was";
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
