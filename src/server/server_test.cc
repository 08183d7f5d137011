#include <atomic>
#include <future>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <lectern/server.h>
#include <boost/json/value.hpp>

#include "server/test_client.h"

namespace lectern {
namespace {

using std::chrono::milliseconds;
using namespace std::string_literals;

using Client = TestClient;

class ServerTest : public ::testing::Test {
 protected:
  ServerTest() {
    options_.listen = {{"127.0.0.1", 0, false}};
    options_.threads = 2;
    options_.max_payload = 1000;
  }
  ~ServerTest() override {
    if (server_) server_->stop(milliseconds(0));
  }

  void start() {
    server_ = std::make_unique<Server>(options_);
    auto& root = server_->of("/");
    root.use = [this](Socket& socket, Next next) {
      if (socket.auth().is_null()) return next(ConnectError{"No token", nullptr});
      // Decided elsewhere and later, as a data base would.
      const unsigned other = 1 - socket.ref().shard;
      server_->post(other, [next = std::move(next)]() mutable { next(std::nullopt); });
    };
    root.on_event = [this](Socket& socket, Event& event) {
      if (event.name == "join") socket.join(event.args[0].as_string());
      if (event.name == "publish")
        server_->emit_to_room("/", "room", "published", event.args[0], {}, socket.ref());
      if (event.name == "throw") throw std::runtime_error("a mistake");
      if (event.name == "leave") socket.disconnect(/*close_connection=*/true);
      if (event.name == "said") {
        return event.ack({socket.handshake().query, socket.handshake().user_agent,
                          socket.handshake().address, socket.auth()});
      }
      event.ack("done");
      event.ack("twice");
    };
    root.on_closing = [](Socket& socket, Errc error) { socket.emit("closing", name_of(error)); };
    root.on_disconnect = [this](Socket&, DisconnectReason reason) {
      const std::lock_guard lock(mutex_);
      reasons_.emplace_back(reason);
      if (ended_) ended_->set_value();
      ended_.reset();
    };
    port_ = server_->start().front().port;
  }

  // A polling session without its first socket.
  std::string open(Client& client) {
    const std::string body = client.get("transport=polling");
    return body.substr(body.find("\"sid\":\"") + 7, 20);
  }
  static std::string polling(const std::string& sid) { return "transport=polling&sid=" + sid; }

  void join(Client& client) {
    client.upgrade("");
    EXPECT_TRUE(client.text().starts_with("0{\"sid\":"));
    client.send_text("40{\"a\":1}");
    EXPECT_TRUE(client.text().starts_with("40{\"sid\":"));
  }

  // A socket that is disconnected when its WebSocket has been probed. Returns the sid.
  std::string leave_while_upgrading(Client& poller, Client& candidate) {
    auto sid = open(poller);
    poller.request("POST", polling(sid), "40{\"a\":1}");
    poller.get(polling(sid));
    candidate.upgrade("&sid=" + sid);
    candidate.send_text("2probe");
    EXPECT_EQ(candidate.text(), "3probe");
    EXPECT_EQ(poller.request("POST", polling(sid), "42[\"leave\"]"), "ok");
    return sid;
  }

  // The next time that a socket ends.
  std::future<void> next_end() {
    const std::lock_guard lock(mutex_);
    return ended_.emplace().get_future();
  }
  // Why sockets ended so far.
  std::vector<std::string> reasons() {
    const std::lock_guard lock(mutex_);
    return reasons_;
  }

  Options options_;
  std::unique_ptr<Server> server_;
  std::uint16_t port_ = 0;
  std::mutex mutex_;
  std::vector<std::string> reasons_;
  std::optional<std::promise<void>> ended_;
};

TEST_F(ServerTest, OpensWithItsParameters) {
  options_.ping_interval = milliseconds(111);
  options_.ping_timeout = milliseconds(222);
  start();
  Client client(port_);
  const std::string body = client.get("transport=polling");
  EXPECT_EQ(body, "0{\"sid\":\"" + body.substr(9, 20) +
                      "\",\"upgrades\":[\"websocket\"],\"pingInterval\":111,\"pingTimeout\":222,"
                      "\"maxPayload\":1000}");
}

TEST_F(ServerTest, AnswersInOneTurnWithOnePoll) {
  start();
  Client client(port_);
  const auto sid = open(client);
  EXPECT_EQ(client.request("POST", polling(sid), "40{\"a\":1}"), "ok");
  EXPECT_TRUE(client.get(polling(sid)).starts_with("40{\"sid\":"));
  EXPECT_EQ(client.request("POST", polling(sid),
                           "420[\"x\"]\x1e"
                           "421[\"y\"]"),
            "ok");
  EXPECT_EQ(client.get(polling(sid)),
            "430[\"done\"]\x1e"
            "431[\"done\"]")
      << "the second acknowledgement of an event is none";
}

TEST_F(ServerTest, ForgetsWhatWasSaidInTheHandshake) {
  start();
  Client client(port_);
  join(client);
  client.send_text("421[\"said\"]");
  EXPECT_EQ(client.text(), "431[[\"\",\"\",\"127.0.0.1\",null]]");
}

TEST_F(ServerTest, KeepsWhatWasSaidInTheHandshakeWhenAsked) {
  options_.keep_handshake = true;
  start();
  Client client(port_);
  join(client);
  client.send_text("421[\"said\"]");
  EXPECT_EQ(client.text(), "431[[\"EIO=4&transport=websocket\",\"\",\"127.0.0.1\",{\"a\":1}]]");
}

TEST_F(ServerTest, RefusesAConnectWithItsReason) {
  start();
  Client client(port_);
  client.upgrade("");
  client.text();
  client.send_text("40");
  EXPECT_EQ(client.text(), "44{\"message\":\"No token\"}");
  client.send_text("40/nowhere,{}");
  EXPECT_EQ(client.text(), "44/nowhere,{\"message\":\"Invalid namespace\"}");
}

TEST_F(ServerTest, UpgradesOnWhateverShardTheSocketLands) {
  start();
  for (int i = 0; i < 8; ++i) {  // the kernel chooses the shard by the client's port
    Client poller(port_);
    const auto sid = open(poller);
    poller.request("POST", polling(sid), "40{\"a\":1}");
    poller.get(polling(sid));
    Client candidate(port_);
    candidate.upgrade("&sid=" + sid);
    candidate.send_text("2probe");
    EXPECT_EQ(candidate.text(), "3probe");
    EXPECT_EQ(poller.get(polling(sid)), "6") << "a poll is freed while the upgrade is under way";
    candidate.send_text("5");
    candidate.send_text("427[\"x\"]");
    EXPECT_EQ(candidate.text(), "437[\"done\"]");
    poller.get(polling(sid));
    EXPECT_EQ(poller.status, "400") << "polling is over";
  }
}

TEST_F(ServerTest, ASecondCandidateIsRefused) {
  start();
  Client poller(port_);
  const auto sid = open(poller);
  Client first(port_);
  first.upgrade("&sid=" + sid);
  first.send_text("2probe");
  EXPECT_EQ(first.text(), "3probe");
  Client second(port_);
  second.send("GET /socket.io/?EIO=4&transport=websocket&sid=" + sid +
              " HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
              "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
  EXPECT_TRUE(second.read_to("\r\n\r\n").starts_with("HTTP/1.1 101 "));
  EXPECT_EQ(second.text(), "close");
}

TEST_F(ServerTest, ACandidateThatStaysSilentIsDropped) {
  options_.upgrade_timeout = milliseconds(20);
  start();
  Client poller(port_);
  const auto sid = open(poller);
  Client candidate(port_);
  candidate.upgrade("&sid=" + sid);
  EXPECT_EQ(candidate.text(), "close");
  EXPECT_EQ(poller.request("POST", polling(sid), "3"), "ok") << "the session goes on";
}

// By then the client has stopped polling, and a connection that only broke would bring it back.
TEST_F(ServerTest, ADisconnectDuringTheUpgradeLeavesByTheWebSocket) {
  start();
  Client poller(port_);
  Client candidate(port_);
  const auto sid = leave_while_upgrading(poller, candidate);
  candidate.send_text("5");
  EXPECT_EQ(candidate.text(), "41");
  EXPECT_EQ(candidate.text(), "close");
  poller.get(polling(sid));
  EXPECT_EQ(poller.status, "400") << "nothing is left of the session";
}

TEST_F(ServerTest, ADisconnectDuringAnUpgradeThatFailsLeavesByThePoll) {
  start();
  Client poller(port_);
  Client candidate(port_);
  const auto sid = leave_while_upgrading(poller, candidate);
  EXPECT_EQ(poller.get(polling(sid)), "41");
  EXPECT_EQ(poller.get(polling(sid)), "1");
  EXPECT_EQ(candidate.text(), "close");
}

TEST_F(ServerTest, TwoPollsEndTheSession) {
  start();
  Client one(port_);
  const auto sid = open(one);
  Client other(port_);
  one.send("GET /socket.io/?EIO=4&" + polling(sid) + " HTTP/1.1\r\nHost: x\r\n\r\n");
  other.send("GET /socket.io/?EIO=4&" + polling(sid) + " HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto a = one.answer();
  const auto b = other.answer();
  const std::string refused = "{\"code\":3,\"message\":\"Bad request\"}";
  EXPECT_TRUE((a == "1" && b == refused) || (a == refused && b == "1")) << a << ' ' << b;
  one.get(polling(sid));
  EXPECT_EQ(one.status, "400");
}

TEST_F(ServerTest, HeartbeatsOnAndEndsTheSilent) {
  // Long enough for a busy machine to join before the first ping and to answer each in time.
  options_.ping_interval = milliseconds(200);
  options_.ping_timeout = milliseconds(1000);
  start();
  Client client(port_);
  join(client);
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(client.text(), "2");
    client.send_text("3");
  }
  EXPECT_EQ(client.text(), "2");
  EXPECT_EQ(client.text(), "42[\"closing\",\"ping_timeout\"]");
  EXPECT_EQ(client.text(), "close");
  server_->stop(milliseconds(0));
  EXPECT_EQ(reasons(), std::vector<std::string>{"ping timeout"});
}

TEST_F(ServerTest, WithoutAConnectTheTimeIsLimited) {
  options_.connect_timeout = milliseconds(20);
  std::promise<std::string> silent;
  server_ = std::make_unique<Server>(options_);
  server_->of("/");
  server_->on_silent_end(
      [&](const Handshake& handshake) { silent.set_value(std::string(handshake.query)); });
  port_ = server_->start().front().port;
  Client client(port_);
  const auto sid = open(client);
  EXPECT_EQ(client.get(polling(sid)), "1");
  EXPECT_EQ(silent.get_future().get(), "EIO=4&transport=polling");
}

TEST_F(ServerTest, AttachmentsThatNeverComeCloseTheConnection) {
  options_.connect_timeout = milliseconds(500);
  start();
  Client whole(port_), partial(port_);
  join(whole);
  join(partial);
  whole.send_text("451-1[\"x\",{\"_placeholder\":true,\"num\":0}]");
  whole.send_binary("a");
  EXPECT_EQ(whole.text(), "431[\"done\"]");
  partial.send_text(
      "452-[\"x\",{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1}]");
  partial.send_binary("a");
  EXPECT_EQ(partial.text(), "42[\"closing\",\"malformed_packet\"]");
  EXPECT_EQ(partial.text(), "close");
  whole.send_text("421[\"x\"]");
  EXPECT_EQ(whole.text(), "431[\"done\"]") << "a complete packet leaves nothing behind";
}

TEST_F(ServerTest, ClosesForWhatTheProtocolForbids) {
  start();
  for (const auto* packet :
       {"4", "4x", "40{\"a\":1}", "41/other,", "42", "42{}", "42[\"connect\"]", "42[{}]", "44{}",
        "43[]", "9", "451-/other,[\"x\"]", "4511-[\"x\"]", "45[\"x\"]"}) {
    Client client(port_);
    join(client);
    client.send_text(packet);
    EXPECT_TRUE(client.text().starts_with("42[\"closing\",\"")) << packet;
    EXPECT_EQ(client.text(), "close") << packet;
  }
}

TEST_F(ServerTest, AHandlerThatThrowsCostsItsOwnConnection) {
  start();
  Client good(port_), bad(port_);
  join(good);
  join(bad);
  bad.send_text("421[\"throw\"]");
  EXPECT_EQ(bad.read_all(), "\x88\x02\x03\xf3") << "close 1011";
  good.send_text("421[\"x\"]");
  EXPECT_EQ(good.text(), "431[\"done\"]");
}

TEST_F(ServerTest, TooLargeAMessageIsSaidBeforeTheClose) {
  start();
  Client client(port_);
  join(client);
  client.send_text("42[\"x\",\"" + std::string(1000, 'x') + "\"]");
  EXPECT_EQ(client.text(), "42[\"closing\",\"payload_too_large\"]");
  EXPECT_EQ(client.read_all(), "\x88\x02\x03\xf1") << "close 1009";
}

TEST_F(ServerTest, BroadcastsReachBothShardsOnceAndInOrder) {
  start();
  std::vector<std::unique_ptr<Client>> members;
  for (int i = 0; i < 8; ++i) {
    members.push_back(std::make_unique<Client>(port_));
    join(*members.back());
    members.back()->send_text("421[\"join\",\"room\"]");
    EXPECT_EQ(members.back()->text(), "431[\"done\"]");
  }
  for (int i = 0; i < 3; ++i) members[0]->send_text("42[\"publish\"," + std::to_string(i) + "]");
  for (std::size_t m = 1; m < members.size(); ++m)
    for (int i = 0; i < 3; ++i)
      EXPECT_EQ(members[m]->text(), "42[\"published\"," + std::to_string(i) + "]") << m;
  members[0]->send_text("429[\"x\"]");
  EXPECT_EQ(members[0]->text(), "439[\"done\"]") << "the sender was left out";
}

TEST_F(ServerTest, ASlowReaderIsCutOffAndHoldsUpNobody) {
  options_.send_queue_bytes = 100'000;
  start();
  Client slow(port_, /*receive_buffer=*/4096);
  join(slow);
  slow.send_text("421[\"join\",\"room\"]");
  EXPECT_EQ(slow.text(), "431[\"done\"]");
  Client sender(port_);
  join(sender);
  const std::string text(900, 'x');
  auto cut_off = next_end();
  int sent = 0;
  // Enough for any buffer of the kernel; the acknowledgement shows that the server has read it.
  for (; sent < 20'000 && cut_off.wait_for(milliseconds(0)) != std::future_status::ready; ++sent) {
    sender.send_text("425[\"publish\",\"" + text + "\"]");
    ASSERT_EQ(sender.text(), "435[\"done\"]");
  }
  EXPECT_LT(sent, 20'000);
  EXPECT_EQ(server_->stats().slow_readers, 1U);
  EXPECT_EQ(reasons(), std::vector<std::string>{"slow reader"});
}

TEST_F(ServerTest, PipelinedRequestsDoNotDeepenTheStack) {
  start();
  Client client(port_);
  std::string many;
  for (int i = 0; i < 20'000; ++i) many += "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
  std::thread writer([&] { client.send(many + "GET /last HTTP/1.0\r\n\r\n"); });
  const auto all = client.read_all();
  writer.join();
  std::size_t answers = 0;
  for (std::size_t at = 0; (at = all.find("HTTP/1.1 404", at)) != all.npos; ++at) ++answers;
  EXPECT_EQ(answers, 20'001U);
}

TEST_F(ServerTest, RefusesSessionsOverItsLimits) {
  options_.max_waiting_per_address = 2;
  start();
  Client client(port_);
  const auto first = open(client);
  open(client);
  client.get("transport=polling");
  EXPECT_EQ(client.status, "503");
  client.request("POST", polling(first), "1");
  EXPECT_TRUE(client.get("transport=polling").starts_with("0{")) << "the first one is gone";
}

TEST_F(ServerTest, AForgottenAnswerIs500) {
  server_ = std::make_unique<Server>(options_);
  server_->on_http([](HttpRequest, HttpReply) {});
  port_ = server_->start().front().port;
  Client client(port_);
  client.send("GET /x HTTP/1.1\r\nHost: x\r\n\r\n");
  client.answer();
  EXPECT_EQ(client.status, "500");
}

TEST_F(ServerTest, StopsWithAFarewellOnEveryTransport) {
  start();
  Client socket(port_);
  join(socket);
  Client poller(port_);
  const auto sid = open(poller);
  poller.request("POST", polling(sid), "40{\"a\":1}");
  poller.get(polling(sid));
  poller.send("GET /socket.io/?EIO=4&" + polling(sid) + " HTTP/1.1\r\nHost: x\r\n\r\n");
  Client other(port_);
  other.request("POST", polling(sid), "42[\"x\"]");  // the poll is parked by now, or close to it
  std::thread stopping([&] { server_->stop(std::chrono::seconds(5)); });
  EXPECT_EQ(socket.text(), "close");
  socket.leave();
  EXPECT_EQ(poller.answer(), "1");
  poller.leave();
  other.leave();
  stopping.join();
  EXPECT_EQ(reasons(), (std::vector<std::string>{"server shutting down", "server shutting down"}));
}

}  // namespace
}  // namespace lectern
