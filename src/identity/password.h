#pragma once

#include <string>
#include <string_view>

namespace lectern::identity {

// argon2id (RFC 9106) with libsodium's INTERACTIVE limits: about 0.1 s and 64 MiB per call.
std::string hash_password(std::string_view password);
bool verify_password(std::string_view hash, std::string_view password);

// Whether `hash` was made with other limits than hash_password() uses.
bool needs_rehash(std::string_view hash);

// Does what verify_password() does for a hash that nobody's password has, so that an unknown name
// takes as long as a wrong password.
void verify_nothing(std::string_view password);

// 20 characters that are easy to read and to type: 100 random bits.
std::string generate_password();

}  // namespace lectern::identity
