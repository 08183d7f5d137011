#include <atomic>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <lectern/server.h>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "server/test_client.h"

namespace lectern {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;

// What a server keeps of who connects, and what an application keeps for it.
class HandshakeTest : public ::testing::Test {
 protected:
  HandshakeTest() {
    options_.listen = {{"127.0.0.1", 0, false}};
    options_.threads = 2;
    options_.recovery = std::chrono::seconds(60);
    options_.handshake_headers = {"Cookie", "x-tenant"};
    server_ = std::make_unique<Server>(options_);
    auto& root = server_->of("/");
    root.use = [this](Socket& socket, Next next) {
      const auto said = socket.handshake();
      seen_ = {std::string(said.address), std::string(said.query), std::string(said.transport),
               std::string(said.user_agent), std::string(said.forwarded_for)};
      for (const auto& [name, value] : said.headers)
        seen_.push_back(std::string(name) + '=' + std::string(value));
      auth_ = boost::json::serialize(socket.auth());
      next(std::nullopt);
    };
    root.on_connection = [](Socket& socket) {
      if (!socket.data) socket.data = std::make_shared<int>(0);
      socket.emit("visits", ++*std::static_pointer_cast<int>(socket.data));
    };
    root.on_disconnect = [this](Socket&, DisconnectReason) {
      if (!told_.test_and_set()) ended_.set_value();
    };
    port_ = server_->start().front().port;
  }
  ~HandshakeTest() override { server_->stop(milliseconds(0)); }

  // Connects; the reply to CONNECT.
  static std::string enter(TestClient& client, const std::string& auth) {
    client.upgrade("&room=a%20b",
                   "User-Agent: test\r\nX-Forwarded-For: 10.0.0.1\r\n"
                   "cookie: io=1; x=2\r\nX-Other: no\r\n");
    client.text();
    client.send_text("40" + auth);
    return client.text();
  }

  Options options_;
  std::unique_ptr<Server> server_;
  std::uint16_t port_ = 0;
  std::vector<std::string> seen_;  // read when its client has been answered
  std::string auth_;
  std::promise<void> ended_;  // the first one
  std::atomic_flag told_;
};

TEST_F(HandshakeTest, IsThatOfTheRequestThatOpenedTheSession) {
  TestClient client(port_);
  enter(client, "{\"token\":7}");
  EXPECT_THAT(seen_, ElementsAre("127.0.0.1", "EIO=4&transport=websocket&room=a%20b", "websocket",
                                 "test", "10.0.0.1", "Cookie=io=1; x=2"));
  EXPECT_EQ(auth_, "{\"token\":7}");
}

TEST_F(HandshakeTest, DataIsTheSocketsAndComesBackWithIt) {
  auto lost = std::make_unique<TestClient>(port_);
  const auto reply = enter(*lost, "");
  EXPECT_TRUE(lost->text().starts_with("42[\"visits\",1,"));
  TestClient other(port_);
  enter(other, "");
  EXPECT_TRUE(other.text().starts_with("42[\"visits\",1,")) << "each has its own";
  lost.reset();
  ended_.get_future().wait();
  const auto pid = reply.substr(reply.find("\"pid\":"), 28);
  TestClient back(port_);
  auto next = enter(back, "{" + pid + "}");
  for (; next.starts_with("42[\"visits\",1,"); next = back.text()) {
  }
  EXPECT_EQ(next, reply) << "the same ids";
  EXPECT_TRUE(back.text().starts_with("42[\"visits\",2,"));
}

}  // namespace
}  // namespace lectern
