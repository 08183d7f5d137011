#pragma once

#include <memory>

#include <lectern/options.h>
#include <openssl/ssl.h>

#include "net/tls_session.h"

namespace lectern::net {

// What the TLS connections of one server share: its certificate, and how they are made. TLS 1.2 or
// newer, HTTP/1.1 alone. Immutable; any thread.
//
// Sessions can be resumed by ticket for two hours; the keys of the tickets are this object's own,
// never written anywhere, and gone with it.
class TlsAcceptor {
 public:
  // Reads the files. Throws std::runtime_error: what() names the option and the file, and says why
  // it cannot be used, on one line.
  explicit TlsAcceptor(const TlsOptions& options);

  // A connection's session. It keeps the certificate alive, not this object.
  std::unique_ptr<TlsSession> accept() const;

 private:
  struct Free {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  };
  std::unique_ptr<SSL_CTX, Free> context_;
};

}  // namespace lectern::net
