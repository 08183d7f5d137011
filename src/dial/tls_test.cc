#include "dial/tls.h"

#include <stdlib.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <stdexcept>

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace lectern::dial {
namespace {

// A certificate for "localhost" and 127.0.0.1 that its own key has signed.
struct Identity {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = X509_new();

  Identity() {
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    X509_NAME* const name = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
    X509_set_issuer_name(certificate, name);
    X509_EXTENSION* const names =
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1");
    X509_add_ext(certificate, names, -1);
    X509_EXTENSION_free(names);
    X509_sign(certificate, key, EVP_sha256());
  }
  ~Identity() {
    X509_free(certificate);
    EVP_PKEY_free(key);
  }
};

// The server's half, on memory too: says what it gets back.
class EchoServer {
 public:
  explicit EchoServer(const Identity& identity) : context_(SSL_CTX_new(TLS_server_method())) {
    SSL_CTX_use_certificate(context_, identity.certificate);
    SSL_CTX_use_PrivateKey(context_, identity.key);
    ssl_ = SSL_new(context_);
    SSL_set_bio(ssl_, in_, out_);
    SSL_set_accept_state(ssl_);
  }
  ~EchoServer() {
    SSL_free(ssl_);
    SSL_CTX_free(context_);
  }

  std::string answer(const std::string& wire) {
    BIO_write(in_, wire.data(), static_cast<int>(wire.size()));
    SSL_do_handshake(ssl_);
    std::array<char, 65536> buffer;
    for (int got; (got = SSL_read(ssl_, buffer.data(), static_cast<int>(buffer.size()))) > 0;)
      SSL_write(ssl_, buffer.data(), got);
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(out_, &bytes);
    std::string reply(bytes, static_cast<std::size_t>(size));
    BIO_reset(out_);
    return reply;
  }

 private:
  SSL_CTX* context_;
  SSL* ssl_ = nullptr;
  BIO* in_ = BIO_new(BIO_s_mem());
  BIO* out_ = BIO_new(BIO_s_mem());
};

class TlsSessionTest : public ::testing::Test {
 protected:
  TlsSessionTest() {
    const int fd = mkstemp(ca_file_.data());
    FILE* const file = fdopen(fd, "w");
    PEM_write_X509(file, identity_.certificate);
    std::fclose(file);
  }
  ~TlsSessionTest() override { unlink(ca_file_.c_str()); }

  // What comes back of `text`, in pieces of `piece` bytes; "refused" when the session fails.
  std::string echo(TlsSession& session, const std::string& text, std::size_t piece = 100'000) {
    EchoServer server(identity_);
    std::string plain;
    if (!session.write(text)) return "refused";
    for (std::string wire; !(wire = session.take_wire()).empty();) {
      const std::string reply = server.answer(wire);
      for (std::size_t at = 0; at < reply.size(); at += piece) {
        const auto part = std::string_view(reply).substr(at, piece);
        if (!session.receive(part)) return "refused";
        std::array<char, 1000> buffer;
        for (std::span<char> got; !(got = session.read(buffer)).empty();)
          plain.append(got.data(), got.size());
      }
    }
    return plain;
  }

  Identity identity_;
  std::string ca_file_ = "/tmp/lectern_tls_test_XXXXXX";
};

TEST_F(TlsSessionTest, SendsWhatWaitedForTheHandshake) {
  const TlsContext context(/*verify=*/true, ca_file_);
  TlsSession session(context, "localhost");
  EXPECT_EQ(echo(session, "hello"), "hello");
  TlsSession byte_by_byte(context, "localhost");
  EXPECT_EQ(echo(byte_by_byte, "hello", 1), "hello");
  TlsSession large(context, "127.0.0.1");
  const std::string text(300'000, 'x');
  EXPECT_EQ(echo(large, text), text);
}

TEST_F(TlsSessionTest, RefusesTheCertificateOfAnotherHost) {
  const TlsContext context(/*verify=*/true, ca_file_);
  for (const char* host : {"example.org", "sub.localhost", "127.0.0.2", "::1"}) {
    TlsSession session(context, host);
    EXPECT_EQ(echo(session, "secret"), "refused") << host;
  }
}

TEST_F(TlsSessionTest, RefusesWhomNobodyKnows) {
  const TlsContext context(/*verify=*/true, "");
  TlsSession session(context, "localhost");
  EXPECT_EQ(echo(session, "secret"), "refused");
}

TEST_F(TlsSessionTest, TakesEveryCertificateWhenAskedTo) {
  const TlsContext context(/*verify=*/false, "");
  TlsSession session(context, "example.org");
  EXPECT_EQ(echo(session, "hello"), "hello");
}

TEST_F(TlsSessionTest, RefusesWhatIsNoTls) {
  const TlsContext context(/*verify=*/true, ca_file_);
  TlsSession session(context, "localhost");
  const std::string_view reply = "HTTP/1.1 400 Bad Request\r\n\r\n";
  EXPECT_FALSE(session.receive(reply));
}

TEST(TlsContext, WantsItsCertificates) {
  EXPECT_THROW(TlsContext(/*verify=*/true, "/nowhere"), std::runtime_error);
}

}  // namespace
}  // namespace lectern::dial
