#include "net/tls_session.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/sslerr.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <new>

namespace lectern::net {

// What OpenSSL reads from and writes to in place of a socket. Its own memory BIOs copy what they
// are given, and keep the largest buffer that they ever had.
struct TlsPipe {
  static int read(BIO* bio, char* to, int size) noexcept {
    auto& session = *static_cast<TlsSession*>(BIO_get_data(bio));
    BIO_clear_retry_flags(bio);
    const std::size_t part =
        std::min(session.received_.size(), static_cast<std::size_t>(std::max(size, 0)));
    if (part == 0) {
      BIO_set_retry_read(bio);
      return -1;
    }
    std::memcpy(to, session.received_.data(), part);
    session.received_ = session.received_.subspan(part);
    return static_cast<int>(part);
  }

  static int write(BIO* bio, const char* from, int size) noexcept {
    static_cast<TlsSession*>(BIO_get_data(bio))->wire_.append(from, static_cast<std::size_t>(size));
    return size;
  }

  static long control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

  static const BIO_METHOD* method() {
    static const BIO_METHOD* const method = [] {
      BIO_METHOD* const made =
          BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "lectern session");
      if (made == nullptr) throw std::bad_alloc();
      BIO_meth_set_read(made, read);
      BIO_meth_set_write(made, write);
      BIO_meth_set_ctrl(made, control);
      return made;
    }();
    return method;
  }
};

namespace {

// For those who have forgotten the "s" of https.
constexpr std::string_view kPlainHttp =
    "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: 33\r\n"
    "Connection: close\r\n\r\nThis port speaks HTTPS, not HTTP\n";

}  // namespace

TlsSession::TlsSession(SSL_CTX& context, Role role) : ssl_(SSL_new(&context)) {
  BIO* const pipe = BIO_new(TlsPipe::method());
  if (!ssl_ || pipe == nullptr) {
    BIO_free(pipe);
    throw std::bad_alloc();
  }
  BIO_set_data(pipe, this);
  BIO_set_init(pipe, 1);
  SSL_set_bio(ssl_.get(), pipe, pipe);  // which owns it now
  if (role == Role::server) {
    SSL_set_accept_state(ssl_.get());
  } else {
    SSL_set_connect_state(ssl_.get());
  }
}

TlsSession::~TlsSession() = default;

bool TlsSession::established() const { return SSL_is_init_finished(ssl_.get()) == 1; }

bool TlsSession::fail() {
  if (ERR_GET_REASON(ERR_peek_error()) == SSL_R_HTTP_REQUEST) wire_ = kPlainHttp;
  ERR_clear_error();
  failed_ = true;
  return false;
}

bool TlsSession::shake_hands() {
  if (failed_ || established()) return !failed_;
  ERR_clear_error();
  const int done = SSL_do_handshake(ssl_.get());
  if (done == 1 || SSL_get_error(ssl_.get(), done) == SSL_ERROR_WANT_READ) return true;
  return fail();
}

bool TlsSession::receive(std::span<const char> wire) {
  received_ = wire;
  return shake_hands();
}

std::span<char> TlsSession::read(std::span<char> buffer) {
  if (failed_ || !established()) return {};
  ERR_clear_error();
  std::size_t size = 0;
  if (SSL_read_ex(ssl_.get(), buffer.data(), buffer.size(), &size) == 1) return buffer.first(size);
  const int why = SSL_get_error(ssl_.get(), 0);
  if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_ZERO_RETURN) fail();
  return {};
}

std::string TlsSession::read_all() {
  std::string all;
  std::array<char, 16384> buffer;
  for (std::span<char> part; !(part = read(buffer)).empty();) all.append(part.data(), part.size());
  return all;
}

bool TlsSession::write(std::string_view plain) {
  if (failed_) return false;
  ERR_clear_error();
  std::size_t written = 0;
  // The pipe takes everything, so there is no half of it.
  if (SSL_write_ex(ssl_.get(), plain.data(), plain.size(), &written) == 1) return true;
  return fail();
}

void TlsSession::finish() {
  if (failed_ || !established() || (SSL_get_shutdown(ssl_.get()) & SSL_SENT_SHUTDOWN) != 0) return;
  ERR_clear_error();
  SSL_shutdown(ssl_.get());
  ERR_clear_error();
}

void TlsSession::taken(std::size_t bytes) {
  taken_ += bytes;
  if (taken_ < wire_.size()) return;
  wire_ = {};  // an idle session owns no buffer
  taken_ = 0;
}

}  // namespace lectern::net
