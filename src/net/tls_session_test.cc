#include "net/tls_session.h"

#include <array>
#include <string>

#include <gtest/gtest.h>

#include "net/test_identity.h"
#include "net/test_tls_client.h"
#include "net/tls_acceptor.h"

namespace lectern::net {
namespace {

// The two halves of a connection; what one of them has to send reaches the other in pieces.
class TlsSessionTest : public ::testing::Test {
 protected:
  // Until neither has anything more to say.
  void talk(TlsSession& client, std::size_t piece = 100'000) {
    while (!client.wire().empty() || !server_->wire().empty()) {
      pass(client, *server_, at_server_, piece);
      pass(*server_, client, at_client_, piece);
    }
  }

  static void pass(TlsSession& from, TlsSession& to, std::string& plain, std::size_t piece) {
    const std::string wire(from.wire());
    from.taken(wire.size());
    for (std::size_t at = 0; at < wire.size(); at += piece) {
      static_cast<void>(to.receive(std::string_view(wire).substr(at, piece)));
      plain += to.read_all();
    }
  }

  TestIdentity identity_;
  TlsAcceptor acceptor_{{identity_.certificate_file(), identity_.key_file()}};
  std::unique_ptr<TlsSession> server_ = acceptor_.accept();
  TestTlsClient clients_;
  std::string at_server_;
  std::string at_client_;
};

TEST_F(TlsSessionTest, CarriesBytesBothWaysInWhateverPieces) {
  for (const std::size_t piece : {1, 7, 1000, 100'000}) {
    server_ = acceptor_.accept();
    at_server_ = at_client_ = "";
    const auto client = clients_.started();
    talk(*client, piece);
    ASSERT_TRUE(client->established() && server_->established()) << piece;
    const std::string text(50'000, 'x');
    EXPECT_TRUE(client->write("hello"));
    EXPECT_TRUE(server_->write(text));
    talk(*client, piece);
    EXPECT_EQ(at_server_, "hello") << piece;
    EXPECT_TRUE(at_client_ == text) << piece;
    EXPECT_FALSE(client->over() || server_->over());
  }
}

TEST_F(TlsSessionTest, HoldsNoBufferWhenEverythingHasLeft) {
  const auto client = clients_.started();
  talk(*client);
  EXPECT_TRUE(server_->write(std::string(10'000, 'x')));
  EXPECT_GT(server_->wire().size(), 10'000u);
  server_->taken(9000);
  EXPECT_GT(server_->wire().size(), 1000u);
  server_->taken(server_->wire().size());
  EXPECT_TRUE(server_->wire().empty());
}

TEST_F(TlsSessionTest, TellsAnEndFromACut) {
  const auto client = clients_.started();
  talk(*client);
  EXPECT_TRUE(client->write("last words"));
  client->finish();
  client->finish();
  talk(*client);
  EXPECT_EQ(at_server_, "last words");
  EXPECT_TRUE(server_->over());
  EXPECT_FALSE(server_->failed());
  EXPECT_TRUE(server_->write("an answer"));
  talk(*client);
  EXPECT_EQ(at_client_, "an answer") << "its other direction is open still";
}

TEST_F(TlsSessionTest, FailsForBytesThatNobodyEncrypted) {
  const auto client = clients_.started();
  talk(*client);
  const std::string forged = std::string("\x17\x03\x03\x00\x20", 5) + std::string(32, '.');
  static_cast<void>(server_->receive(forged));
  EXPECT_EQ(server_->read_all(), "");
  EXPECT_TRUE(server_->failed() && server_->over());
  EXPECT_FALSE(server_->wire().empty()) << "an alert";
  EXPECT_FALSE(server_->write("more"));
  server_->finish();
}

TEST_F(TlsSessionTest, FailsForWhatIsNoTls) {
  for (const std::string& bytes : {std::string(300, '\0'), std::string("SSH-2.0-OpenSSH_9.2\r\n"),
                                   std::string("\x16\x03\x01\xff\xff") + std::string(300, 'x')}) {
    server_ = acceptor_.accept();
    EXPECT_FALSE(server_->receive(bytes));
    EXPECT_TRUE(server_->failed());
    EXPECT_FALSE(server_->receive(bytes)) << "it stays failed";
  }
}

TEST_F(TlsSessionTest, TellsWhoSpeaksPlainHttp) {
  const std::string_view request = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
  EXPECT_FALSE(server_->receive(request));
  EXPECT_TRUE(server_->wire().starts_with("HTTP/1.1 400 "));
  EXPECT_TRUE(server_->wire().ends_with("This port speaks HTTPS, not HTTP\n"));
}

TEST_F(TlsSessionTest, SpeaksHttp11AndNoOlderTls) {
  const auto protocol_with = [&](std::string_view offered) {
    server_ = acceptor_.accept();
    const auto client = clients_.session();
    SSL_set_alpn_protos(&client->settings(), reinterpret_cast<const unsigned char*>(offered.data()),
                        static_cast<unsigned>(offered.size()));
    client->start();
    talk(*client);
    if (!client->established()) return std::string("refused");
    const unsigned char* chosen = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(&client->settings(), &chosen, &size);
    return std::string(reinterpret_cast<const char*>(chosen), size);
  };
  EXPECT_EQ(protocol_with("\x02h2\x08http/1.1"), "http/1.1");
  EXPECT_EQ(protocol_with("\x02h2"), "refused");
  EXPECT_EQ(protocol_with(""), "");

  const auto version_of = [&](int most) {
    server_ = acceptor_.accept();
    const auto client = clients_.session();
    SSL_set_security_level(&client->settings(), 0);
    SSL_set_min_proto_version(&client->settings(), TLS1_VERSION);
    SSL_set_max_proto_version(&client->settings(), most);
    client->start();
    talk(*client);
    return client->established() ? SSL_version(&client->settings()) : 0;
  };
  EXPECT_EQ(version_of(TLS1_1_VERSION), 0);
  EXPECT_EQ(version_of(TLS1_2_VERSION), TLS1_2_VERSION);
  EXPECT_EQ(version_of(TLS1_3_VERSION), TLS1_3_VERSION);
}

TEST_F(TlsSessionTest, ResumesUnderTheSameCertificateAlone) {
  const auto reused_with = [&](const TlsAcceptor& acceptor, int version) {
    const auto meet = [&](SSL_SESSION* known) {
      server_ = acceptor.accept();
      auto client = clients_.session();
      SSL_set_max_proto_version(&client->settings(), version);
      if (known != nullptr) SSL_set_session(&client->settings(), known);
      client->start();
      talk(*client);
      return client;
    };
    const auto first = meet(nullptr);
    SSL_SESSION* const known = SSL_get1_session(&first->settings());
    const TlsAcceptor renewed({identity_.certificate_file(), identity_.key_file()});
    const bool again = SSL_session_reused(&meet(known)->settings()) == 1;
    server_ = renewed.accept();
    const auto other = clients_.session();
    SSL_set_session(&other->settings(), known);
    other->start();
    talk(*other);
    EXPECT_TRUE(other->established());
    EXPECT_EQ(SSL_session_reused(&other->settings()), 0) << "its tickets have other keys";
    SSL_SESSION_free(known);
    return again;
  };
  EXPECT_TRUE(reused_with(acceptor_, TLS1_3_VERSION));
  EXPECT_TRUE(reused_with(acceptor_, TLS1_2_VERSION));
}

}  // namespace
}  // namespace lectern::net
