#pragma once

#include <stdexcept>
#include <string>

#include "app/config.h"
#include "identity/token.h"

namespace lectern::app {

// Why a secret cannot be had or used; one line, without the secret.
class SecretError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct Secrets {
  std::string access;   // raw bytes that sign access tokens
  std::string refresh;  // raw bytes that sign refresh tokens
};

// What signs and verifies tokens: the secrets below, and the keys in the files of auth.keys. With
// keys the secret verifies only when the environment gave it. Throws SecretError, also when there
// are keys and none of them can sign.
identity::TokenKeys load_token_keys(const Config& config);
identity::Tokens load_tokens(const Config& config);

// The secrets of the environment where there are any, else those in <data>/secrets, which are
// generated when missing: files access and refresh, mode 0600, synced before they are used. Throws
// SecretError, also for secrets that are too short or well known.
Secrets load_secrets(const Config& config);

}  // namespace lectern::app
