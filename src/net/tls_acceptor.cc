#include "net/tls_acceptor.h"

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pemerr.h>
#include <openssl/x509.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>

#include "net/descriptor.h"

namespace lectern::net {
namespace {

constexpr long kTicketSeconds = 2 * 60 * 60;

// For TLS 1.2: forward secrecy and authenticated encryption. TLS 1.3 has nothing else.
constexpr const char* kCiphers = "ECDHE+AESGCM:ECDHE+CHACHA20";

[[noreturn]] void refuse(const char* option, const std::string& file, const std::string& why) {
  ERR_clear_error();
  throw std::runtime_error(std::string(option) + ": " + file + ' ' + why);
}

// OpenSSL says less well what the system says.
void check_readable(const char* option, const std::string& file) {
  const Descriptor opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status {};
  if (opened.get() < 0 || ::fstat(opened.get(), &status) != 0)
    refuse(option, file, std::string("cannot be read: ") + std::strerror(errno));
  if (!S_ISREG(status.st_mode)) refuse(option, file, "is no file");
}

// Why a file was refused: the first error, of which the later ones are the consequences.
std::string reason() {
  const auto error = ERR_peek_error();
  const char* const text = ERR_reason_error_string(error);
  return text != nullptr ? text : "unknown";
}

bool no_pem() { return ERR_GET_REASON(ERR_peek_error()) == PEM_R_NO_START_LINE; }

// A server cannot ask for a passphrase. `asked` is the context's application data.
int note_passphrase(char*, int, int, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

void load_certificate(SSL_CTX& context, const std::string& file) {
  constexpr const char* kOption = "tls_cert";
  check_readable(kOption, file);
  ERR_clear_error();
  if (SSL_CTX_use_certificate_chain_file(&context, file.c_str()) == 1) return;
  refuse(kOption, file, no_pem() ? "holds no certificate in PEM form" : "is refused: " + reason());
}

void load_key(SSL_CTX& context, const TlsOptions& options) {
  constexpr const char* kOption = "tls_key";
  const auto& file = options.key_file;
  check_readable(kOption, file);
  bool asked = false;
  SSL_CTX_set_default_passwd_cb(&context, note_passphrase);
  SSL_CTX_set_default_passwd_cb_userdata(&context, &asked);
  ERR_clear_error();
  const bool loaded = SSL_CTX_use_PrivateKey_file(&context, file.c_str(), SSL_FILETYPE_PEM) == 1;
  SSL_CTX_set_default_passwd_cb_userdata(&context, nullptr);
  if (loaded && SSL_CTX_check_private_key(&context) == 1) return;
  if (asked) refuse(kOption, file, "is locked with a passphrase, which nobody can enter");
  const int why = ERR_GET_REASON(ERR_peek_last_error());
  if (loaded || why == X509_R_KEY_VALUES_MISMATCH || why == X509_R_KEY_TYPE_MISMATCH)
    refuse(kOption, file, "is not the key of the certificate in " + options.certificate_file);
  // The decoder says "unsupported" where it finds nothing that it knows.
  refuse(kOption, file, "holds no private key in PEM form");
}

// RFC 7301: who offers protocols and not HTTP/1.1 is refused, who offers none is let in.
int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* size,
                    const unsigned char* offered, unsigned int offered_size, void*) {
  static constexpr unsigned char kHttp[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  unsigned char* match = nullptr;
  const int found = SSL_select_next_proto(&match, size, kHttp, sizeof kHttp, offered, offered_size);
  if (found != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_ALERT_FATAL;
  *chosen = match;
  return SSL_TLSEXT_ERR_OK;
}

}  // namespace

TlsAcceptor::TlsAcceptor(const TlsOptions& options) : context_(SSL_CTX_new(TLS_server_method())) {
  if (!context_) throw std::bad_alloc();
  SSL_CTX& context = *context_;
  SSL_CTX_set_min_proto_version(&context, TLS1_2_VERSION);
  SSL_CTX_set_mode(&context, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_options(&context, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                    SSL_OP_PRIORITIZE_CHACHA);
  SSL_CTX_set_cipher_list(&context, kCiphers);
  // Sessions are in tickets alone: a cache would be one lock for all shards.
  SSL_CTX_set_session_cache_mode(&context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(&context, 1);
  SSL_CTX_set_timeout(&context, kTicketSeconds);
  SSL_CTX_set_alpn_select_cb(&context, choose_protocol, nullptr);
  load_certificate(context, options.certificate_file);
  load_key(context, options);
}

std::unique_ptr<TlsSession> TlsAcceptor::accept() const {
  return std::make_unique<TlsSession>(*context_, TlsSession::Role::server);
}

}  // namespace lectern::net

namespace lectern {

std::optional<std::string> TlsOptions::mistake() const {
  try {
    net::TlsAcceptor{*this};
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return std::nullopt;
}

}  // namespace lectern
