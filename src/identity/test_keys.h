#pragma once

#include <string>

#include <openssl/evp.h>
#include <openssl/pem.h>

namespace lectern::identity {

// Fresh keys for tests, in PEM. pem_of() takes the key over.

inline std::string pem_of(EVP_PKEY* key, bool is_private) {
  BIO* bio = BIO_new(BIO_s_mem());
  if (is_private) {
    PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
  } else {
    PEM_write_bio_PUBKEY(bio, key);
  }
  char* bytes = nullptr;
  const auto size = BIO_get_mem_data(bio, &bytes);
  std::string pem(bytes, static_cast<std::size_t>(size));
  BIO_free(bio);
  EVP_PKEY_free(key);
  return pem;
}

inline std::string rsa_pem(unsigned bits = 2048) { return pem_of(EVP_RSA_gen(bits), true); }
inline std::string ec_pem(const char* curve = "P-256") { return pem_of(EVP_EC_gen(curve), true); }
inline std::string ed25519_pem() {
  return pem_of(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"), true);
}

}  // namespace lectern::identity
