#include "dial/tls.h"

#include <stdexcept>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "net/test_identity.h"
#include "net/tls_acceptor.h"

namespace lectern::dial {
namespace {

class TlsContextTest : public ::testing::Test {
 protected:
  // What the server gets of "hello"; "refused" when one of them refuses the other.
  std::string arrives(const TlsContext& context, const std::string& host) {
    const auto client = context.session_with(host);
    const auto server = acceptor_.accept();
    std::string plain;
    bool written = false;
    while (!client->wire().empty() || !server->wire().empty()) {
      std::string unused;
      if (!pass(*client, *server, plain) || !pass(*server, *client, unused)) return "refused";
      if (client->established() && !std::exchange(written, true)) {
        EXPECT_TRUE(client->write("hello"));
      }
    }
    return plain;
  }

  static bool pass(net::TlsSession& from, net::TlsSession& to, std::string& plain) {
    const std::string wire(from.wire());
    from.taken(wire.size());
    const bool well = to.receive(wire);
    plain += to.read_all();
    return well;
  }

  net::TestIdentity identity_;
  net::TlsAcceptor acceptor_{{identity_.certificate_file(), identity_.key_file()}};
};

TEST_F(TlsContextTest, TakesTheCertificateOfTheHost) {
  const TlsContext context(/*verify=*/true, identity_.certificate_file());
  EXPECT_EQ(arrives(context, "localhost"), "hello");
  EXPECT_EQ(arrives(context, "127.0.0.1"), "hello");
}

TEST_F(TlsContextTest, RefusesTheCertificateOfAnotherHost) {
  const TlsContext context(/*verify=*/true, identity_.certificate_file());
  for (const char* host : {"example.org", "sub.localhost", "127.0.0.2", "::1"})
    EXPECT_EQ(arrives(context, host), "refused") << host;
}

TEST_F(TlsContextTest, RefusesWhomNobodyKnows) {
  EXPECT_EQ(arrives(TlsContext(/*verify=*/true, ""), "localhost"), "refused");
}

TEST_F(TlsContextTest, TakesEveryCertificateWhenAskedTo) {
  EXPECT_EQ(arrives(TlsContext(/*verify=*/false, ""), "example.org"), "hello");
}

TEST_F(TlsContextTest, RefusesWhatIsNoTls) {
  const TlsContext context(/*verify=*/true, identity_.certificate_file());
  const std::string_view reply = "HTTP/1.1 400 Bad Request\r\n\r\n";
  EXPECT_FALSE(context.session_with("localhost")->receive(reply));
}

TEST(TlsContext, WantsItsCertificates) {
  EXPECT_THROW(TlsContext(/*verify=*/true, "/nowhere"), std::runtime_error);
}

}  // namespace
}  // namespace lectern::dial
