#include "dial/tls.h"

#include <arpa/inet.h>
#include <openssl/x509v3.h>

#include <array>
#include <new>
#include <stdexcept>

namespace lectern::dial {
namespace {

bool is_address(const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> bytes;
  return inet_pton(AF_INET, host.c_str(), bytes.data()) == 1 ||
         inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1;
}

}  // namespace

TlsContext::TlsContext(bool verify, const std::string& ca_file)
    : context_(SSL_CTX_new(TLS_client_method())), verify_(verify) {
  if (!context_) throw std::bad_alloc();
  SSL_CTX_set_min_proto_version(context_.get(), TLS1_2_VERSION);
  SSL_CTX_set_mode(context_.get(), SSL_MODE_RELEASE_BUFFERS);
  if (!verify) return;
  SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
  const int loaded = ca_file.empty()
                         ? SSL_CTX_set_default_verify_paths(context_.get())
                         : SSL_CTX_load_verify_locations(context_.get(), ca_file.c_str(), nullptr);
  if (loaded != 1) throw std::runtime_error("no certificates to trust in: " + ca_file);
}

std::unique_ptr<net::TlsSession> TlsContext::session_with(const std::string& host) const {
  auto session = std::make_unique<net::TlsSession>(*context_, net::TlsSession::Role::client);
  SSL& settings = session->settings();
  const bool address = is_address(host);
  // RFC 6066 section 3: no address in the server's name.
  if (!address) SSL_set_tlsext_host_name(&settings, host.c_str());
  if (verify_) {
    X509_VERIFY_PARAM* const wanted = SSL_get0_param(&settings);
    const int set = address ? X509_VERIFY_PARAM_set1_ip_asc(wanted, host.c_str())
                            : X509_VERIFY_PARAM_set1_host(wanted, host.data(), host.size());
    if (set != 1) throw std::bad_alloc();
  }
  session->start();
  return session;
}

}  // namespace lectern::dial
