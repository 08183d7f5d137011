#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "app/client_address.h"
#include "app/request.h"
#include "identity/authenticator.h"

namespace lectern::app {

// Says who is behind a token. Any thread; what it is given must outlive it.
class Callers {
 public:
  static constexpr std::size_t kMaxUserName = 64;

  Callers(const identity::Authenticator& authenticator, const TrustedProxies& proxies)
      : authenticator_(authenticator), proxies_(proxies) {}

  // The caller, or AUTH_REQUIRED, INVALID_TOKEN, TOKEN_EXPIRED, TOKEN_REVOKED. The name in the
  // token is cleaned; where nothing is left of it the user id stands in.
  identity::Result<std::shared_ptr<const Caller>> identify(std::string_view token) const;

  // The client behind `peer`, as far as the proxies in between can be trusted.
  std::string address_of(std::string_view peer, std::string_view forwarded_for) const {
    return proxies_.client_of(peer, forwarded_for);
  }

 private:
  const identity::Authenticator& authenticator_;
  const TrustedProxies& proxies_;
};

}  // namespace lectern::app
