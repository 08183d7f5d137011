#include <algorithm>
#include <numeric>
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
using Texts = std::vector<std::string>;

// A server that emits what a client asks for: `["emit", way, event, value, key]` to the room
// "slow",
// `["join"]` to be in it.
class ConflateTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Options options;
    options.listen = {{"127.0.0.1", 0, false}};
    server_ = std::make_unique<Server>(options);
    server_->of("/").on_event = [this](Socket& socket, Event& event) {
      if (event.name == "join") {
        socket.join("slow");
        slow_ = socket.ref();
      } else {
        emit(event.args);
      }
      event.ack("done");
    };
    port_ = server_->start().front().port;
    asker_ = std::make_unique<TestClient>(port_);
    connect(*asker_);
  }
  void TearDown() override { server_->stop(milliseconds(0)); }

  void emit(const boost::json::array& args) {
    const std::string_view way = args[0].as_string();
    const std::string_view event = args[1].as_string();
    EmitOptions options;
    options.conflate_key = std::string_view(args[3].as_string());
    if (way == "room") server_->emit_to_room("/", "slow", event, args[2], options);
    if (way == "socket") server_->emit_to_socket(slow_, event, args[2], options);
    if (way == "sockets") server_->emit_to_sockets({&slow_, 1}, event, args[2], options);
  }

  static void connect(TestClient& client) {
    client.upgrade("");
    client.text();
    client.send_text("40");
    EXPECT_TRUE(client.text().starts_with("40"));
  }
  static void join(TestClient& client) {
    client.send_text("421[\"join\"]");
    EXPECT_EQ(client.text(), "431[\"done\"]");
  }
  // Queued everywhere when it returns.
  void ask(const std::string& way, const std::string& event, const std::string& json,
           const std::string& key = "") {
    asker_->send_text("421[\"emit\",\"" + way + "\",\"" + event + "\"," + json + ",\"" + key +
                      "\"]");
    ASSERT_EQ(asker_->text(), "431[\"done\"]");
  }
  // As of a turn that has ended.
  std::uint64_t queued() {
    ask("nobody", "nothing", "0");
    const auto stats = server_->stats();
    return std::accumulate(stats.queued_bytes.begin(), stats.queued_bytes.end(), std::uint64_t{0});
  }
  // Until the socket of the slow client takes no more.
  void block() {
    const std::string filling = '"' + std::string(50'000, 'x') + '"';
    for (int i = 0; queued() == 0; ++i) {
      ASSERT_LT(i, 1000);
      ask("room", "filling", filling);
    }
  }
  // What comes up to the event "end", without what only filled the socket.
  static Texts texts_to_end(TestClient& client) {
    Texts texts;
    do {
      texts.push_back(client.text());
      if (texts.back().starts_with("42[\"filling\"")) texts.pop_back();
    } while (texts.empty() || (texts.back() != "42[\"end\",0]" && texts.back() != "closed"));
    return texts;
  }

  std::unique_ptr<Server> server_;
  std::uint16_t port_ = 0;
  SocketRef slow_;
  std::unique_ptr<TestClient> asker_;
};

TEST_F(ConflateTest, ABlockedConnectionGetsTheLatestUnderEachKey) {
  TestClient slow(port_, /*receive_buffer=*/4096);
  connect(slow);
  join(slow);
  block();
  ask("room", "board", "1", "a");
  ask("socket", "chat", "1");
  ask("sockets", "board", "2", "a");
  ask("room", "board", "7", "b");
  ask("socket", "chat", "2");
  ask("socket", "board", "3", "a");
  ask("room", "end", "0");
  EXPECT_EQ(server_->stats().conflated, 2u);
  EXPECT_EQ(texts_to_end(slow), (Texts{"42[\"chat\",1]", "42[\"board\",7]", "42[\"chat\",2]",
                                       "42[\"board\",3]", "42[\"end\",0]"}));
  EXPECT_EQ(queued(), 0u);
}

TEST_F(ConflateTest, AConnectionThatKeepsUpGetsEverything) {
  TestClient fast(port_);
  connect(fast);
  join(fast);
  for (const char* value : {"1", "2", "3"}) ask("room", "board", value, "a");
  ask("room", "end", "0");
  EXPECT_EQ(texts_to_end(fast),
            (Texts{"42[\"board\",1]", "42[\"board\",2]", "42[\"board\",3]", "42[\"end\",0]"}));
  EXPECT_EQ(server_->stats().conflated, 0u);
}

TEST_F(ConflateTest, ThatQueueStaysWithinItsLimitForEver) {
  TestClient slow(port_, /*receive_buffer=*/4096);
  connect(slow);
  join(slow);
  block();
  const auto before = queued();
  const std::string board = '"' + std::string(30'000, 'y') + '"';
  for (int i = 0; i < 200; ++i) ask("room", "board", board, "a");
  EXPECT_LT(queued(), before + 60'000);
  EXPECT_EQ(server_->stats().slow_readers, 0u);
}

TEST_F(ConflateTest, ANextPollBringsTheLatestUnderEachKey) {
  TestClient poller(port_);
  const std::string open = poller.get("transport=polling");
  const std::string sid = open.substr(open.find("\"sid\":\"") + 7, 20);
  const std::string query = "transport=polling&sid=" + sid;
  EXPECT_EQ(poller.request("POST", query, "40"), "ok");
  EXPECT_TRUE(poller.get(query).starts_with("40"));
  EXPECT_EQ(poller.request("POST", query, "421[\"join\"]"), "ok");
  EXPECT_EQ(poller.get(query), "431[\"done\"]");
  ask("room", "chat", "1");
  for (int i = 0; i < 500; ++i) ask("room", "board", std::to_string(i), "a");
  ask("room", "chat", "2");
  ask("room", "board", "500", "a");
  EXPECT_EQ(queued(), 2u * 14 + 17);
  EXPECT_EQ(poller.get(query),
            "42[\"chat\",1]\x1e"
            "42[\"chat\",2]\x1e"
            "42[\"board\",500]");
  EXPECT_EQ(queued(), 0u);
}

}  // namespace
}  // namespace lectern
