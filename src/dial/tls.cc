#include "dial/tls.h"

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <algorithm>
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

TlsSession::TlsSession(const TlsContext& context, const std::string& host)
    : ssl_(SSL_new(context.context_.get())),
      from_server_(BIO_new(BIO_s_mem())),
      to_server_(BIO_new(BIO_s_mem())) {
  if (!ssl_ || from_server_ == nullptr || to_server_ == nullptr) throw std::bad_alloc();
  SSL_set_bio(ssl_.get(), from_server_, to_server_);
  SSL_set_connect_state(ssl_.get());
  X509_VERIFY_PARAM* const wanted = SSL_get0_param(ssl_.get());
  const bool address = is_address(host);
  // RFC 6066 section 3: no address in the server's name.
  if (!address) SSL_set_tlsext_host_name(ssl_.get(), host.c_str());
  if (context.verify_) {
    const int set = address ? X509_VERIFY_PARAM_set1_ip_asc(wanted, host.c_str())
                            : X509_VERIFY_PARAM_set1_host(wanted, host.data(), host.size());
    if (set != 1) throw std::bad_alloc();
  }
  go_on();
}

// Takes the handshake as far as it goes, and sends what waited for it.
bool TlsSession::go_on() {
  ERR_clear_error();
  if (!SSL_is_init_finished(ssl_.get())) {
    const int done = SSL_do_handshake(ssl_.get());
    if (done != 1) return SSL_get_error(ssl_.get(), done) == SSL_ERROR_WANT_READ;
  }
  while (!waiting_.empty()) {
    const std::size_t part = std::min(waiting_.size(), std::size_t{1} << 20U);
    const int written = SSL_write(ssl_.get(), waiting_.data(), static_cast<int>(part));
    if (written <= 0) return SSL_get_error(ssl_.get(), written) == SSL_ERROR_WANT_READ;
    waiting_.erase(0, static_cast<std::size_t>(written));
  }
  return true;
}

bool TlsSession::write(std::string_view plain) {
  waiting_ += plain;
  return go_on();
}

bool TlsSession::receive(std::span<const char> wire) {
  while (!wire.empty()) {
    const int part = static_cast<int>(std::min(wire.size(), std::size_t{1} << 20U));
    const int taken = BIO_write(from_server_, wire.data(), part);
    if (taken <= 0) return false;
    wire = wire.subspan(static_cast<std::size_t>(taken));
  }
  return go_on();
}

std::span<char> TlsSession::read(std::span<char> buffer) {
  if (!SSL_is_init_finished(ssl_.get())) return {};
  ERR_clear_error();
  const int size = static_cast<int>(std::min(buffer.size(), std::size_t{1} << 20U));
  const int got = SSL_read(ssl_.get(), buffer.data(), size);
  return buffer.first(got > 0 ? static_cast<std::size_t>(got) : 0);
}

std::string TlsSession::take_wire() {
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(to_server_, &bytes);
  std::string wire(bytes, size > 0 ? static_cast<std::size_t>(size) : 0);
  BIO_reset(to_server_);
  return wire;
}

}  // namespace lectern::dial
