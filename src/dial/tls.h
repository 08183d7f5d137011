#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <openssl/ssl.h>

namespace lectern::dial {

// What the TLS connections of one client share: TLS 1.2 or newer, and whom to trust.
class TlsContext {
 public:
  // `ca_file`: PEM certificates to trust instead of the system's; "" for those. Without `verify`
  // every certificate of every host is taken. Throws std::runtime_error.
  TlsContext(bool verify, const std::string& ca_file);

 private:
  friend class TlsSession;
  struct Free {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  };
  std::unique_ptr<SSL_CTX, Free> context_;
  bool verify_;
};

// The client's half of one TLS connection, without a socket: bytes in, bytes out.
class TlsSession {
 public:
  // `host` is what the certificate must be for: a name, or an address in text form.
  TlsSession(const TlsContext& context, const std::string& host);

  // What the application sends; it waits for the end of the handshake. False: the session failed.
  [[nodiscard]] bool write(std::string_view plain);

  // What came from the server. False when the handshake fails, the certificate's check included,
  // or the bytes are no TLS; read() may still have something then.
  [[nodiscard]] bool receive(std::span<const char> wire);

  // Decrypts into `buffer`; empty when there is nothing.
  std::span<char> read(std::span<char> buffer);

  // Tells the server that nothing more comes.
  void finish() { SSL_shutdown(ssl_.get()); }

  // What is to be sent to the server now; "" for nothing. First of all the client's hello.
  std::string take_wire();

 private:
  struct Free {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };
  bool go_on();

  std::unique_ptr<SSL, Free> ssl_;
  BIO* from_server_;  // owned by ssl_
  BIO* to_server_;    // owned by ssl_
  std::string waiting_;
};

}  // namespace lectern::dial
