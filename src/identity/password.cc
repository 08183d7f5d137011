#include "identity/password.h"

#include <array>
#include <cassert>
#include <new>

#include <sodium.h>

#include "base/random.h"

namespace lectern::identity {
namespace {

constexpr auto kOperations = crypto_pwhash_OPSLIMIT_INTERACTIVE;
constexpr auto kMemory = crypto_pwhash_MEMLIMIT_INTERACTIVE;

void prepare() {
  static const int prepared = sodium_init();  // once, also from many threads
  assert(prepared >= 0);
  static_cast<void>(prepared);
}

}  // namespace

std::string hash_password(std::string_view password) {
  prepare();
  std::array<char, crypto_pwhash_STRBYTES> hash;
  // It fails for want of memory only.
  if (crypto_pwhash_str(hash.data(), password.data(), password.size(), kOperations, kMemory) != 0) {
    throw std::bad_alloc();
  }
  return hash.data();
}

bool verify_password(std::string_view hash, std::string_view password) {
  prepare();
  const std::string terminated(hash);
  // An empty view may have no address, which libsodium does not expect.
  const char* const bytes = password.empty() ? "" : password.data();
  return crypto_pwhash_str_verify(terminated.c_str(), bytes, password.size()) == 0;
}

bool needs_rehash(std::string_view hash) {
  prepare();
  const std::string terminated(hash);
  return crypto_pwhash_str_needs_rehash(terminated.c_str(), kOperations, kMemory) != 0;
}

void verify_nothing(std::string_view password) {
  static const std::string nobody = hash_password(generate_password());
  static_cast<void>(verify_password(nobody, password));
}

std::string generate_password() {
  // 32 characters without the ones that look alike, so five random bits give one.
  constexpr std::string_view kAlphabet = "abcdefghijkmnpqrstuvwxyz23456789";
  static_assert(kAlphabet.size() == 32);
  std::array<std::byte, 20> random;
  fill_random(random);
  std::string password;
  for (const auto byte : random) password += kAlphabet[static_cast<unsigned>(byte) % 32];
  return password;
}

}  // namespace lectern::identity
