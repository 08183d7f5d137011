#pragma once

#include <sys/stat.h>

#include <cstdio>
#include <filesystem>
#include <string>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace lectern::net {

// For tests: a certificate for "localhost" and 127.0.0.1 that its own key has signed, in files that
// go with it.
class TestIdentity {
 public:
  explicit TestIdentity(const char* name = "test") {
    X509_set_version(certificate_, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate_), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate_), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate_), 3600);
    X509_set_pubkey(certificate_, key_);
    X509_NAME* const subject = X509_get_subject_name(certificate_);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
    X509_set_issuer_name(certificate_, subject);
    X509_EXTENSION* const names =
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1");
    X509_add_ext(certificate_, names, -1);
    X509_EXTENSION_free(names);
    X509_sign(certificate_, key_, EVP_sha256());
    if (mkdtemp(folder_.data()) == nullptr) std::abort();
    with_file("cert.pem", [this](FILE* file) { PEM_write_X509(file, certificate_); });
    with_file("key.pem", [this](FILE* file) {
      PEM_write_PrivateKey(file, key_, nullptr, nullptr, 0, nullptr, nullptr);
    });
    with_file("locked.pem", [this](FILE* file) {
      PEM_write_PrivateKey(file, key_, EVP_aes_128_cbc(),
                           reinterpret_cast<const unsigned char*>("secret"), 6, nullptr, nullptr);
    });
  }
  ~TestIdentity() {
    std::filesystem::remove_all(folder_);
    X509_free(certificate_);
    EVP_PKEY_free(key_);
  }
  TestIdentity(const TestIdentity&) = delete;
  TestIdentity& operator=(const TestIdentity&) = delete;

  const std::string& folder() const { return folder_; }
  std::string certificate_file() const { return folder_ + "/cert.pem"; }
  std::string key_file() const { return folder_ + "/key.pem"; }
  std::string locked_key_file() const { return folder_ + "/locked.pem"; }

 private:
  template <class F>
  void with_file(const char* name, F write) {
    FILE* const file = std::fopen((folder_ + '/' + name).c_str(), "w");
    if (file == nullptr) std::abort();
    write(file);
    std::fclose(file);
  }

  EVP_PKEY* key_ = EVP_EC_gen("P-256");
  X509* certificate_ = X509_new();
  std::string folder_ = "/tmp/lectern_tls_test_XXXXXX";
};

}  // namespace lectern::net
