#include "client/client_fixture.h"

#include <chrono>
#include <string>

#include <boost/json/object.hpp>

namespace lectern {
namespace {

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

}  // namespace
}  // namespace lectern
