#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <lectern/server.h>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "protocol/msgpack.h"
#include "server/test_client.h"

namespace lectern {
namespace {

using std::chrono::milliseconds;
using Strings = std::vector<std::string>;

// One shard, so that what the handlers note is in order and read when the server has stopped.
class OutgoingEventTest : public ::testing::Test {
 protected:
  void start() {
    options_.listen = {{"127.0.0.1", 0, false}};
    server_ = std::make_unique<Server>(options_);
    auto& root = server_->of("/");
    root.on_any_outgoing = [this](Socket& socket, std::string_view event,
                                  const Arguments& arguments) {
      if (event == "fault") throw std::runtime_error("a mistake");
      std::string line = std::string(event) + boost::json::serialize(arguments.values);
      for (const auto& bytes : arguments.attachments) line += bytes;
      if (socket.nsp() != "/") line += " elsewhere";
      shown_.push_back(line);
    };
    root.on_event = [this](Socket& socket, Event& event) { take(socket, event); };
    server_->of("/unseen");
    client_ = std::make_unique<TestClient>(server_->start().front().port);
    client_->upgrade("");
    client_->text();
  }
  void join(const std::string& connect = "40") {
    client_->send_text(connect);
    client_->text();
  }
  Strings shown() {
    server_->stop(milliseconds(0));
    return shown_;
  }

  void take(Socket& socket, Event& event) {
    const Arguments some{{1, {{"_placeholder", true}, {"num", 0}}}, {"bytes"}};
    const SocketRef sockets[] = {socket.ref()};
    const auto ignored = [](const auto&) {};
    EmitOptions options;
    options.is_volatile = true;
    if (event.name == "emit") socket.emit("one", {{"a", 1}});
    if (event.name == "volatile") socket.emit("two", "x", options);
    if (event.name == "args") socket.emit_args("three", some);
    if (event.name == "ask") socket.emit_with_ack("four", some, milliseconds(1), ignored);
    if (event.name == "all") server_->broadcast().emit("five", nullptr);
    if (event.name == "ask-all")
      server_->broadcast().emit_with_ack("six", some, milliseconds(1), ignored);
    if (event.name == "some") server_->emit_to_sockets(sockets, "seven", 7);
    if (event.name == "others") server_->broadcast("/unseen").emit("eight", 8);
    if (event.name == "fault") socket.emit("fault", 0);
    event.ack("done");
  }
  // Lets the server do all of it; a client gets what it sends.
  void do_all(const std::string& before) {
    for (const std::string name : {"emit", "volatile", "args", "ask", "all", "ask-all", "some"}) {
      client_->send_text("42[\"" + name + "\"]");
      EXPECT_TRUE(client_->text().starts_with(before)) << name;
      const bool bytes = name == "args" || name.starts_with("ask");
      EXPECT_EQ(bytes ? client_->text() : "bytes", "bytes");
    }
    client_->send_text("421[\"others\"]");
    EXPECT_EQ(client_->text(), "431[\"done\"]");
  }

  const Strings all_ = {"one[{\"a\":1}]",
                        "two[\"x\"]",
                        "three[1,{\"_placeholder\":true,\"num\":0}]bytes",
                        "four[1,{\"_placeholder\":true,\"num\":0}]bytes",
                        "five[null]",
                        "six[1,{\"_placeholder\":true,\"num\":0}]bytes",
                        "seven[7]"};
  Options options_;
  Strings shown_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<TestClient> client_;
};

TEST_F(OutgoingEventTest, EveryEventIsShownAndNoAcknowledgement) {
  start();
  join();
  do_all("4");
  EXPECT_EQ(shown(), all_);
}

TEST_F(OutgoingEventTest, TheOffsetOfRecoveryIsNoArgument) {
  options_.recovery = std::chrono::seconds(100);
  start();
  join();
  do_all("4");
  EXPECT_EQ(shown(), all_);
}

TEST_F(OutgoingEventTest, MessagePackIsShownAlike) {
  options_.parser = Parser::msgpack;
  start();
  std::string packet;
  protocol::encode_msgpack(packet, {protocol::PacketType::connect, "/", {}, nullptr, {}});
  client_->send_binary(packet);
  client_->text();
  for (const char* name : {"emit", "volatile", "args", "ask", "all", "ask-all", "some"}) {
    packet.clear();
    protocol::encode_msgpack_event(packet, "/", {}, name, {}, {});
    client_->send_binary(packet);
    client_->text();
  }
  EXPECT_EQ(shown(), all_);
}

TEST_F(OutgoingEventTest, AHandlerThatThrowsCostsItsOwnConnection) {
  start();
  join();
  client_->send_text("42[\"fault\"]");
  EXPECT_EQ(client_->read_all(), "\x88\x02\x03\xf3") << "close 1011";
  shown();
}

}  // namespace
}  // namespace lectern
