#include <lectern/client.h>

#include <chrono>
#include <future>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <lectern/server.h>

#include "net/test_identity.h"

namespace lectern {
namespace {

constexpr std::chrono::seconds kLimit{10};

// Server and client of this library, with TLS between them.
class ClientTlsTest : public ::testing::TestWithParam<std::vector<std::string>> {
 protected:
  explicit ClientTlsTest(unsigned threads = 2) : threads_(threads), server_(options()) {
    server_.of("/").on_event = [](Socket&, Event& event) {
      event.ack.reply({event.args, event.attachments});
    };
    port_ = server_.start().front().port;
  }

  Options options() const {
    Options options;
    options.listen = {{"127.0.0.1", 0, false}};
    options.threads = threads_;
    options.tls = files_of(identity_);
    return options;
  }
  static TlsOptions files_of(const net::TestIdentity& identity) {
    return {identity.certificate_file(), identity.key_file()};
  }

  // The answer to `text`, or why there is none.
  std::string echo(const std::string& text, const std::string& ca_file) const {
    ClientOptions options;
    options.transports = GetParam();
    options.ca_file = ca_file;
    options.reconnection = false;
    std::promise<std::string> answer;
    Client client("https://127.0.0.1:" + std::to_string(port_), options);
    ClientSocket& socket = client.of("/");
    socket.on_connect_error([&](const ConnectError&) { answer.set_value("refused"); });
    socket.on_connect([&] {
      Arguments arguments;
      arguments.values.emplace_back(text);
      socket.emit_with_ack("echo", arguments, kLimit, [&](Result<Arguments> ack) {
        answer.set_value(ack ? std::string(ack->values[0].as_string()) : "no answer");
      });
    });
    socket.connect();
    auto future = answer.get_future();
    return future.wait_for(kLimit) == std::future_status::ready ? future.get() : "nothing";
  }

  // Each shard takes a new certificate over in a turn of its own.
  bool comes_to(const std::string& answer, const std::string& ca_file) const {
    const auto end = std::chrono::steady_clock::now() + kLimit;
    while (echo("hello", ca_file) != answer) {
      if (std::chrono::steady_clock::now() > end) return false;
    }
    return true;
  }

  net::TestIdentity identity_;
  const unsigned threads_;
  Server server_;
  std::uint16_t port_;
};

// A shard takes a new certificate over in a turn of its own. With two of them a session that polls
// could find the new one on one shard and the old one on the other, and would end with it.
class ClientTlsRenewalTest : public ClientTlsTest {
 protected:
  ClientTlsRenewalTest() : ClientTlsTest(1) {}
};

const auto kTransports =
    ::testing::Values(std::vector<std::string>{"polling"}, std::vector<std::string>{"websocket"},
                      std::vector<std::string>{"polling", "websocket"});
INSTANTIATE_TEST_SUITE_P(Transports, ClientTlsTest, kTransports);
INSTANTIATE_TEST_SUITE_P(Transports, ClientTlsRenewalTest, kTransports);

TEST_P(ClientTlsTest, CarriesMessagesOfAnySize) {
  for (const std::size_t size : {1, 20'000, 500'000}) {
    const std::string text(size, 'x');
    EXPECT_TRUE(echo(text, identity_.certificate_file()) == text) << size;
  }
}

TEST_P(ClientTlsRenewalTest, ARenewedCertificateIsForNewConnections) {
  const net::TestIdentity renewed("renewed");
  EXPECT_EQ(echo("hello", renewed.certificate_file()), "refused");
  EXPECT_THROW(server_.reload_tls({renewed.certificate_file(), identity_.key_file()}),
               std::runtime_error);
  EXPECT_EQ(echo("hello", identity_.certificate_file()), "hello") << "it has the old one still";
  server_.reload_tls(files_of(renewed));
  EXPECT_TRUE(comes_to("hello", renewed.certificate_file()));
  EXPECT_TRUE(comes_to("refused", identity_.certificate_file()));
}

TEST(ServerTls, DoesNotStartWithoutItsFiles) {
  Options options;
  options.listen = {{"127.0.0.1", 0, false}};
  options.tls = TlsOptions{"/nowhere", "/nowhere"};
  Server server(options);
  EXPECT_THROW(server.start(), std::runtime_error);
}

}  // namespace
}  // namespace lectern
