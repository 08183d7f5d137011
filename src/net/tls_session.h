#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <openssl/ssl.h>

namespace lectern::net {

// One half of a TLS connection, the client's or the server's, without a socket: bytes in, bytes
// out. An idle one owns no buffer.
//
// It may go from thread to thread, and is used by one of them at a time.
class TlsSession {
 public:
  enum class Role { client, server };

  // Takes a reference of `context`.
  TlsSession(SSL_CTX& context, Role role);
  ~TlsSession();
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;

  // What the peer is to be; before start().
  SSL& settings() { return *ssl_; }
  // A client's hello is in wire() then.
  void start() { static_cast<void>(shake_hands()); }

  // What came from the peer; it lives until read() has nothing more. False when the session fails:
  // the bytes are no TLS, or the peer's certificate is refused. read() may still have something.
  [[nodiscard]] bool receive(std::span<const char> wire);
  // Decrypts into `buffer`; empty when there is nothing.
  std::span<char> read(std::span<char> buffer);

  // Everything that is left.
  std::string read_all();

  // The handshake is complete: write() may be called.
  bool established() const;
  // Nothing more can be read: the peer has said so, or the session has failed.
  bool over() const {
    return failed_ || (SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0;
  }

  bool failed() const { return failed_; }

  // Encrypts. False: the session has failed.
  [[nodiscard]] bool write(std::string_view plain);
  // Tells the peer that nothing more comes, once.
  void finish();

  // What the socket has to take, and how much of it was taken. A session that failed may have an
  // alert in it that says why.
  std::string_view wire() const { return std::string_view(wire_).substr(taken_); }
  void taken(std::size_t bytes);

 private:
  struct Free {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };
  friend struct TlsPipe;

  bool shake_hands();
  bool fail();

  std::unique_ptr<SSL, Free> ssl_;
  std::span<const char> received_;  // what of it OpenSSL has not read yet
  std::string wire_;
  std::size_t taken_ = 0;
  bool failed_ = false;
};

}  // namespace lectern::net
