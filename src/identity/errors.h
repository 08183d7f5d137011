#pragma once

#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

namespace lectern::identity {

template <class T>
using Result = boost::system::result<T>;

// Why somebody was not let in, or why an account was not changed. `message()` of the error code is
// the text that clients see.
enum class AuthErrc {
  auth_required = 1,    // no token
  invalid_credentials,  // no such account, a wrong password or a disabled account: never which
  invalid_token,        // not signed by us, malformed, or of the wrong kind
  token_expired,
  token_revoked,      // blacklisted, logged out, or the user's tokens were taken back
  token_reused,       // a refresh token that was used before
  forbidden,          // the permission is missing
  store_unavailable,  // the store cannot be written
  name_taken,
  unknown_account,
  invalid_name,
  invalid_password,
  unknown_role,
};

boost::system::error_code make_error_code(AuthErrc e) noexcept;

// The error type of the wire: "INVALID_TOKEN". Source: docs/protocol.md, "Error types".
const char* type_of(AuthErrc e) noexcept;

// The enumerator behind an error of this layer.
AuthErrc auth_errc(const boost::system::error_code& error) noexcept;

}  // namespace lectern::identity

template <>
struct boost::system::is_error_code_enum<lectern::identity::AuthErrc> : std::true_type {};
