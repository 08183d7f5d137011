#include <lectern/broadcast.h>

#include <algorithm>
#include <future>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <lectern/server.h>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "server/test_client.h"

namespace lectern {
namespace {

using std::chrono::milliseconds;
using namespace std::string_literals;

constexpr int kMaxNamespaces = 4;

// Two shards, three clients: a and b in the room "red", b and c in the room "blue".
class BroadcastTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Options options;
    options.listen = {{"127.0.0.1", 0, false}};
    options.threads = 2;
    options.allow_eio3 = true;
    options.max_namespaces = kMaxNamespaces;
    server_ = std::make_unique<Server>(options);
    fill(server_->of("/"));
    fill(server_->of_matching([](std::string_view name, const boost::json::value&) {
      return name.starts_with("/class-");
    }));
    port_ = server_->start().front().port;
  }
  void TearDown() override { server_->stop(milliseconds(0)); }

  void fill(Namespace& handlers) {
    handlers.on_event = [](Socket& socket, Event& event) {
      if (event.name == "join") {
        for (const auto& room : event.args) socket.join(room.as_string());
        event.ack(boost::json::string(socket.id()));
      } else if (event.name == "leave") {
        for (const auto& room : event.args) socket.leave(room.as_string());
        boost::json::array rooms;
        for (const auto& room : socket.rooms()) rooms.emplace_back(room);
        event.ack(rooms);
      } else {
        event.ack.reply({std::move(event.args), std::move(event.attachments)});
      }
    };
  }

  // Connects, joins the rooms (JSON, as in `"red","blue"`) and returns the socket's id.
  std::string join(TestClient& client, const std::string& rooms, const std::string& nsp = "") {
    client.upgrade("");
    client.text();
    client.send_text("40" + nsp);
    EXPECT_TRUE(client.text().starts_with("40" + nsp));
    client.send_text("42" + nsp + "0[\"join\"" + (rooms.empty() ? "" : "," + rooms) + "]");
    const std::string ack = client.text();
    const auto start = ("43" + nsp + "0[\"").size();
    return ack.substr(start, ack.size() - start - 2);
  }
  void join_all() {
    join(a_, "\"red\"");
    b_id_ = join(b_, "\"red\",\"blue\"");
    join(c_, "\"blue\"");
  }
  // What the client got before this marker, which follows everything emitted so far.
  static std::vector<std::string> before_marker(TestClient& client) {
    std::vector<std::string> texts;
    for (auto text = client.text(); text != "42[\"marker\",0]" && text != "closed";
         text = client.text())
      texts.push_back(text);
    return texts;
  }

  std::unique_ptr<Server> server_;
  std::uint16_t port_ = 0;
  struct Lazy {
    BroadcastTest& test;
    std::unique_ptr<TestClient> client{};
    operator TestClient&() {  // NOLINT(google-explicit-constructor)
      if (!client) client = std::make_unique<TestClient>(test.port_);
      return *client;
    }
    TestClient* operator->() { return &static_cast<TestClient&>(*this); }
  };
  Lazy a_{*this}, b_{*this}, c_{*this};
  std::string b_id_;
};

using Texts = std::vector<std::string>;

TEST_F(BroadcastTest, ReachesTheSocketsThatAreMeantOnce) {
  join_all();
  server_->broadcast().emit("all", 1);
  server_->broadcast().to("red").to("blue").emit("both", 2);
  server_->broadcast().to("red").except("blue").emit("red-only", 3);
  server_->broadcast().except(b_id_).emit("not-b", 4);
  server_->broadcast("/nowhere").emit("lost", 5);
  server_->broadcast().emit("marker", 0);
  EXPECT_EQ(before_marker(a_),
            (Texts{"42[\"all\",1]", "42[\"both\",2]", "42[\"red-only\",3]", "42[\"not-b\",4]"}));
  EXPECT_EQ(before_marker(b_), (Texts{"42[\"all\",1]", "42[\"both\",2]"}));
  EXPECT_EQ(before_marker(c_), (Texts{"42[\"all\",1]", "42[\"both\",2]", "42[\"not-b\",4]"}));
}

TEST_F(BroadcastTest, ASocketHasARoomOfItsOwn) {
  join_all();
  a_->send_text("421[\"join\",\"" + b_id_ + "\"]");
  EXPECT_TRUE(a_->text().starts_with("431"));
  server_->broadcast().to(b_id_).emit("own", 1);
  server_->broadcast().to("blue").to(b_id_).to(b_id_).emit("once", 2);
  server_->broadcast().to("red").to("blue").except(b_id_).emit("others", 3);
  server_->broadcast().emit("marker", 0);
  EXPECT_EQ(before_marker(a_), (Texts{"42[\"own\",1]", "42[\"once\",2]"})) << "a guest in it";
  EXPECT_EQ(before_marker(b_), (Texts{"42[\"own\",1]", "42[\"once\",2]"}));
  EXPECT_EQ(before_marker(c_), (Texts{"42[\"once\",2]", "42[\"others\",3]"}));
}

TEST_F(BroadcastTest, ASocketMayLeaveItsOwnRoomAndComeBack) {
  const auto id = join(a_, "");
  a_->send_text("421[\"leave\",\"" + id + "\"]");
  EXPECT_EQ(a_->text(), "431[[]]");
  server_->broadcast().to(id).emit("missed", 1);
  server_->broadcast().except(id).emit("not-excepted", 2);
  EXPECT_EQ(a_->text(), "42[\"not-excepted\",2]");
  a_->send_text("422[\"join\",\"" + id + "\"]");
  EXPECT_EQ(a_->text(), "432[\"" + id + "\"]");
  server_->broadcast().to(id).emit("own", 3);
  EXPECT_EQ(a_->text(), "42[\"own\",3]");
}

TEST_F(BroadcastTest, CollectsAcknowledgementsFromAllShards) {
  join_all();
  std::promise<BroadcastAnswers> came;
  server_->broadcast().emit_with_ack("question", {{"?"}, {}}, milliseconds(10'000),
                                     [&](BroadcastAnswers answers) { came.set_value(answers); });
  for (auto* client : {&a_, &b_, &c_}) {
    const std::string question = (*client)->text();
    ASSERT_TRUE(question.ends_with("[\"question\",\"?\"]")) << question;
    const auto id = question.substr(2, question.find('[') - 2);
    (*client)->send_text("43" + id + "[\"yes\"]");
    (*client)->send_text("43" + id + "[\"again\"]");  // late: ignored
  }
  const auto answers = came.get_future().get();
  EXPECT_EQ(answers.missing, 0u);
  ASSERT_EQ(answers.answers.size(), 3u);
  for (const auto& answer : answers.answers) EXPECT_EQ(answer.values, boost::json::array{"yes"});
}

TEST_F(BroadcastTest, CountsWhoLeavesOrStaysSilentAsMissing) {
  join_all();
  std::promise<BroadcastAnswers> came;
  server_->broadcast().emit_with_ack("question", {}, milliseconds(50),
                                     [&](BroadcastAnswers answers) { came.set_value(answers); });
  const std::string question = a_->text();
  for (auto* client : {&b_, &c_}) EXPECT_EQ((*client)->text(), question);
  a_->send_text("43" + question.substr(2, question.find('[') - 2) + "[1]");
  b_->leave();
  const auto answers = came.get_future().get();
  EXPECT_EQ(answers.answers.size(), 1u);
  EXPECT_EQ(answers.missing, 2u);
}

TEST_F(BroadcastTest, ToNobodyIsAnsweredAtOnce) {
  std::promise<BroadcastAnswers> came;
  server_->broadcast().to("nobody").emit_with_ack(
      "question", {}, milliseconds(60'000),
      [&](BroadcastAnswers answers) { came.set_value(answers); });
  EXPECT_TRUE(came.get_future().get().answers.empty());
}

TEST_F(BroadcastTest, MovesAndFindsSocketsWhereverTheyAre) {
  join_all();
  std::promise<void> moved;
  server_->broadcast().to("blue").sockets_join("green", [&] { moved.set_value(); });
  moved.get_future().get();
  std::promise<void> left;
  server_->broadcast().to("green").except("red").sockets_leave("blue", [&] { left.set_value(); });
  left.get_future().get();
  std::promise<FoundSockets> found;
  server_->broadcast().to("green").fetch_sockets(
      [&](FoundSockets sockets) { found.set_value(std::move(sockets)); });
  std::multiset<std::set<std::string>> rooms;
  for (auto& socket : found.get_future().get().sockets) {
    std::set<std::string> named(socket.rooms.begin(), socket.rooms.end());
    EXPECT_EQ(named.erase(socket.id), 1u) << "everyone is in a room of his own";
    rooms.insert(named);
  }
  EXPECT_EQ(rooms, (std::multiset<std::set<std::string>>{{"red", "blue", "green"}, {"green"}}));
}

TEST_F(BroadcastTest, DisconnectsThoseWhoAreMeant) {
  join_all();
  server_->broadcast().to("red").disconnect_sockets(true);
  for (auto* client : {&a_, &b_}) {
    EXPECT_EQ((*client)->text(), "41");
    EXPECT_EQ((*client)->text(), "close");
  }
  server_->broadcast().emit("still", 1);
  EXPECT_EQ(c_->text(), "42[\"still\",1]");
}

TEST_F(BroadcastTest, NamespacesOfAPatternExistWhileTheyHaveSockets) {
  join(a_, "", "/class-1,");
  join(b_, "", "/class-2,");
  server_->broadcast("/class-1").emit("here", 1);
  server_->broadcast("/class-2").emit("there", 2);
  EXPECT_EQ(a_->text(), "42/class-1,[\"here\",1]");
  EXPECT_EQ(b_->text(), "42/class-2,[\"there\",2]");
  a_->send_text("41/class-1,");
  a_->send_text("40/class-1,");
  EXPECT_TRUE(a_->text().starts_with("40/class-1,{\"sid\""));
  a_->send_text("40/other,");
  EXPECT_EQ(a_->text(), "44/other,{\"message\":\"Invalid namespace\"}");
}

TEST_F(BroadcastTest, AConnectionHasABoundedNumberOfNamespaces) {
  join(a_, "");
  for (int i = 1; i < kMaxNamespaces; ++i) {
    a_->send_text("40/class-" + std::to_string(i) + ",");
    EXPECT_TRUE(a_->text().starts_with("40/class-" + std::to_string(i) + ",{\"sid\""));
  }
  a_->send_text("40/class-0,");
  EXPECT_EQ(a_->text(), "44/class-0,{\"message\":\"Too many namespaces\"}");
  a_->send_text("41/class-1,");
  a_->send_text("40/class-0,");
  EXPECT_TRUE(a_->text().starts_with("40/class-0,{\"sid\"")) << "there is room again";
}

TEST_F(BroadcastTest, EchoesBytesBesideTheirPlaceholders) {
  join(a_, "");
  a_->send_text(R"(451-7["echo",{"_placeholder":true,"num":0}])");
  a_->send_binary("\x00\xff"s);
  EXPECT_EQ(a_->text(), R"(461-7[{"_placeholder":true,"num":0}])");
  EXPECT_EQ(a_->text(), "\x00\xff"s);
  a_->send_text(R"(428["echo",{"_placeholder":true,"num":0}])");
  EXPECT_EQ(a_->text(), R"(438[{"_placeholder":true,"num":0}])")
      << "plain data without attachments";
}

TEST_F(BroadcastTest, ClosesForAttachmentsThatDoNotFit) {
  for (const auto* header : {R"(451-["x",{"_placeholder":true,"num":1}])",
                             R"(451-["x",{"_placeholder":true,"num":"0"}])"}) {
    TestClient client(port_);
    join(client, "");
    client.send_text(header);
    client.send_binary("x");
    EXPECT_EQ(client.text(), "close") << header;
  }
  TestClient between(port_);
  join(between, "");
  between.send_text(R"(451-["x",{"_placeholder":true,"num":0}])");
  between.send_text(R"(42["y"])");
  EXPECT_EQ(between.text(), "close") << "a text packet before the attachment";
}

TEST_F(BroadcastTest, ClientsOfSocketIoTwoAreConnectedWithTheHandshake) {
  TestClient client(port_);
  client.version = "3";
  const std::string body = client.get("transport=polling");
  const auto end = body.find('}') + 1;
  EXPECT_TRUE(body.ends_with("}2:40")) << body;
  const auto sid = body.substr(body.find("\"sid\":\"") + 7, 20);
  EXPECT_EQ(body.substr(0, body.find(':')), std::to_string(end - body.find(':') - 1));
  EXPECT_EQ(
      client.request("POST", "transport=polling&sid=" + sid, "16:420[\"echo\",\"h\u00e9\"]1:2"),
      "ok");
  EXPECT_EQ(client.get("transport=polling&sid=" + sid), "9:430[\"h\u00e9\"]1:3");
}

}  // namespace
}  // namespace lectern
