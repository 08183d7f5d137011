#pragma once

#include <memory>

#include "net/tls_session.h"

namespace lectern::net {

// For tests: the client's halves of connections, which take every certificate. start() is the
// test's.
class TestTlsClient {
 public:
  TestTlsClient() : context_(SSL_CTX_new(TLS_client_method())) {}
  ~TestTlsClient() { SSL_CTX_free(context_); }
  TestTlsClient(const TestTlsClient&) = delete;
  TestTlsClient& operator=(const TestTlsClient&) = delete;

  std::unique_ptr<TlsSession> session() const {
    return std::make_unique<TlsSession>(*context_, TlsSession::Role::client);
  }
  std::unique_ptr<TlsSession> started() const {
    auto started = session();
    started->start();
    return started;
  }

 private:
  SSL_CTX* context_;
};

}  // namespace lectern::net
