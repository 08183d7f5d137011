#include "app/live_sockets.h"

#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include <lectern/client.h>

#include "identity/revocations.h"
#include "identity/roles.h"

namespace lectern::app {
namespace {

using namespace std::chrono_literals;

// A server that lets in whoever has a token, and does `between` after the check of the token and
// before the entry of the socket.
class LiveSocketsTest : public ::testing::Test {
 protected:
  static Options options() {
    Options options;
    options.listen = {{"127.0.0.1", 0, false}};
    return options;
  }

  void start() {
    auto& nsp = server_.of("/");
    nsp.use = [this](Socket& socket, Next next) {
      EXPECT_TRUE(authenticator_.recheck(caller_->claims, wall_clock()));
      if (between_) between_();
      socket.data = std::make_shared<Session>();
      next(std::nullopt);
    };
    nsp.on_connection = [this](Socket& socket) { live_.add(socket, caller_); };
    nsp.on_disconnect = [this](Socket& socket, DisconnectReason) { live_.remove(socket); };
    port_ = server_.start().at(0).port;
  }

  // What the server says to a client before it closes the connection, and how that ends.
  std::string fate() {
    std::promise<std::string> told;
    auto answer = told.get_future();
    std::string notice;
    Client client("http://127.0.0.1:" + std::to_string(port_));
    client.of().on("server:disconnect", [&](const ClientEvent& event) {
      notice = std::string(event.args[0].at("type").as_string());
    });
    client.of().on_disconnect(
        [&](DisconnectReason reason) { told.set_value(notice + ", " + std::string(reason)); });
    client.of().connect();
    return answer.wait_for(20s) == std::future_status::ready ? answer.get() : "lives";
  }

  static std::shared_ptr<const Caller> caller() {
    auto caller = std::make_shared<Caller>();
    caller->claims.user_id = "u1";
    caller->claims.jti = "j1";
    caller->claims.family = "f1";
    caller->claims.epoch = 0;
    caller->claims.expires_at = wall_clock() / 1000 + 600;
    return caller;
  }

  const identity::Tokens tokens_{std::string(32, 'k'), std::string(32, 'r'), {}};
  const identity::Roles roles_;
  identity::Revocations revocations_;
  identity::Authenticator authenticator_{tokens_, roles_, revocations_};
  std::shared_ptr<const Caller> caller_ = caller();
  std::function<void()> between_;
  Server server_{options()};
  LiveSockets live_{server_, authenticator_};
  std::uint16_t port_ = 0;
};

const char* const kRevoked = "TOKEN_REVOKED, io server disconnect";

// The recheck that a revocation asks for passes before the socket is among the live ones: its entry
// must look again, or nobody ever would.
TEST_F(LiveSocketsTest, ATokenRevokedBetweenCheckAndEntryLetsNobodyIn) {
  between_ = [this] {
    revocations_.set_epoch("u1", {1, wall_clock()});
    live_.recheck();
  };
  start();
  EXPECT_EQ(fate(), kRevoked);
}

TEST_F(LiveSocketsTest, SoDoesASessionThatEndsThere) {
  between_ = [this] { revocations_.add_family("f1", wall_clock() + 60'000); };
  start();
  EXPECT_EQ(fate(), kRevoked);
}

TEST_F(LiveSocketsTest, AndAnAccountThatIsDisabledThere) {
  between_ = [this] { revocations_.set_disabled("u1", true); };
  start();
  EXPECT_EQ(fate(), kRevoked);
}

TEST_F(LiveSocketsTest, ARevocationAfterTheEntryClosesTheSocket) {
  start();
  std::promise<std::string> told;
  Client client("http://127.0.0.1:" + std::to_string(port_));
  client.of().on_connect([this] {
    revocations_.add_token({"j1", wall_clock() + 60'000});
    live_.recheck();
  });
  client.of().on_disconnect([&](DisconnectReason reason) { told.set_value(std::string(reason)); });
  client.of().connect();
  auto answer = told.get_future();
  ASSERT_EQ(answer.wait_for(20s), std::future_status::ready);
  EXPECT_EQ(answer.get(), "io server disconnect");
}

}  // namespace
}  // namespace lectern::app
