#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "identity/asymmetric_key.h"

namespace lectern::identity {

// A JWS in compact serialisation (RFC 7515), not verified yet. The views are of the token.
struct SplitToken {
  std::string_view message;  // what is signed
  std::string_view payload;  // encoded
  std::string signature;     // decoded
  std::string algorithm;     // what the header claims: a key agrees with it or refuses
  std::string key_id;        // empty: none
};

// Larger tokens are refused unread.
inline constexpr std::size_t kMaxTokenBytes = 8192;

// Nullopt for what is none, or has a header with `crit`, a member twice or no `alg`.
std::optional<SplitToken> split_token(std::string_view token);

// Whether that key has signed it: with its own algorithm, and its id is the token's if that has
// one.
bool signed_with_key(const SplitToken& token, const AsymmetricKey& key);

}  // namespace lectern::identity
