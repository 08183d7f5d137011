#include "identity/errors.h"

#include <string>

namespace lectern::identity {
namespace {

class AuthCategory final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "lectern.identity"; }

  std::string message(int value) const override {
    // No default: -Wswitch reports a forgotten enumerator.
    switch (static_cast<AuthErrc>(value)) {
      case AuthErrc::auth_required: return "Authentication required";
      case AuthErrc::invalid_credentials: return "Wrong user name or password";
      case AuthErrc::invalid_token: return "Invalid token";
      case AuthErrc::token_expired: return "Token has expired";
      case AuthErrc::token_revoked: return "Token has been revoked";
      case AuthErrc::token_reused: return "Refresh token was already used";
      case AuthErrc::forbidden: return "Insufficient permissions";
      case AuthErrc::store_unavailable: return "The store cannot be written";
      case AuthErrc::name_taken: return "There is already an account of that name";
      case AuthErrc::unknown_account: return "There is no account of that name";
      case AuthErrc::invalid_name: return "The name is empty, too long or has forbidden characters";
      case AuthErrc::invalid_password: return "The password is empty or too long";
      case AuthErrc::unknown_role: return "There is no such role";
    }
    return "unknown error";
  }
};

const AuthCategory& category() {
  static const AuthCategory instance;
  return instance;
}

}  // namespace

boost::system::error_code make_error_code(AuthErrc e) noexcept {
  return {static_cast<int>(e), category()};
}

const char* type_of(AuthErrc e) noexcept {
  switch (e) {
    case AuthErrc::auth_required: return "AUTH_REQUIRED";
    case AuthErrc::invalid_credentials: return "INVALID_CREDENTIALS";
    case AuthErrc::invalid_token: return "INVALID_TOKEN";
    case AuthErrc::token_expired: return "TOKEN_EXPIRED";
    case AuthErrc::token_revoked: return "TOKEN_REVOKED";
    case AuthErrc::token_reused: return "TOKEN_REUSED";
    case AuthErrc::forbidden: return "FORBIDDEN";
    case AuthErrc::store_unavailable: return "STORE_UNAVAILABLE";
    case AuthErrc::name_taken: return "CONFLICT";
    case AuthErrc::unknown_account: return "NOT_FOUND";
    case AuthErrc::invalid_name:
    case AuthErrc::invalid_password:
    case AuthErrc::unknown_role: return "VALIDATION_ERROR";
  }
  return "INTERNAL";
}

AuthErrc auth_errc(const boost::system::error_code& error) noexcept {
  return static_cast<AuthErrc>(error.value());
}

}  // namespace lectern::identity
