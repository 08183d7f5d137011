#include "net/tls_acceptor.h"

#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "net/test_identity.h"

namespace lectern::net {
namespace {

std::string mistake(const std::string& certificate_file, const std::string& key_file) {
  return TlsOptions{certificate_file, key_file}.mistake().value_or("none");
}

TEST(TlsAcceptor, SaysWhatIsWrongWithItsFilesOnOneLine) {
  const TestIdentity ours;
  const TestIdentity other;
  const auto certificate = ours.certificate_file();
  const auto key = ours.key_file();
  const auto text = ours.folder() + "/text";
  std::ofstream(text) << "not PEM\n";
  EXPECT_EQ(mistake(certificate, key), "none");
  EXPECT_EQ(mistake("/nowhere", key),
            "tls_cert: /nowhere cannot be read: No such file or directory");
  EXPECT_EQ(mistake(certificate, "/nowhere"),
            "tls_key: /nowhere cannot be read: No such file or directory");
  EXPECT_EQ(mistake(ours.folder(), key), "tls_cert: " + ours.folder() + " is no file");
  EXPECT_EQ(mistake(text, key), "tls_cert: " + text + " holds no certificate in PEM form");
  EXPECT_EQ(mistake(key, key), "tls_cert: " + key + " holds no certificate in PEM form");
  EXPECT_EQ(mistake(certificate, text), "tls_key: " + text + " holds no private key in PEM form");
  EXPECT_EQ(mistake(certificate, certificate),
            "tls_key: " + certificate + " holds no private key in PEM form");
  EXPECT_EQ(
      mistake(certificate, other.key_file()),
      "tls_key: " + other.key_file() + " is not the key of the certificate in " + certificate);
  EXPECT_EQ(mistake(certificate, ours.locked_key_file()),
            "tls_key: " + ours.locked_key_file() +
                " is locked with a passphrase, which nobody can enter");
}

TEST(TlsAcceptor, ItsSessionsOutliveIt) {
  const TestIdentity identity;
  const auto session = TlsAcceptor({identity.certificate_file(), identity.key_file()}).accept();
  std::filesystem::remove(identity.key_file());
  EXPECT_TRUE(session->receive({}));
}

}  // namespace
}  // namespace lectern::net
