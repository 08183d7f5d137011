#pragma once

#include <memory>
#include <string>

#include <openssl/ssl.h>

#include "net/tls_session.h"

namespace lectern::dial {

// What the TLS connections of one client share: TLS 1.2 or newer, and whom to trust.
class TlsContext {
 public:
  // `ca_file`: PEM certificates to trust instead of the system's; "" for those. Without `verify`
  // every certificate of every host is taken. Throws std::runtime_error.
  TlsContext(bool verify, const std::string& ca_file);

  // A connection's session, which has its hello in wire(). `host` is what the certificate must be
  // for: a name, or an address in text form.
  std::unique_ptr<net::TlsSession> session_with(const std::string& host) const;

 private:
  struct Free {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  };
  std::unique_ptr<SSL_CTX, Free> context_;
  bool verify_;
};

}  // namespace lectern::dial
