#pragma once

#include <functional>
#include <string>

#include <lectern/http.h>

#include "app/admission.h"
#include "app/auth_pool.h"
#include "app/http_body.h"
#include "app/join_codes.h"
#include "app/request.h"
#include "identity/accounts.h"

namespace lectern::app {

// The routes below /auth. What waits for a disk or a core runs on the pool, and its answer comes
// from there. All references must outlive the pool's threads.
class AuthService {
 public:
  struct Parts {
    identity::Accounts& accounts;
    const identity::Roles& roles;
    Admission& admission;
    AuthPool& pool;
    const JoinCodes& codes;
    bool guests;
    std::function<void()> on_revocation;  // some token has just died: any thread
  };

  explicit AuthService(Parts parts) : parts_(std::move(parts)) {}

  // `address` is the client's.
  void login(boost::json::object body, const std::string& address, HttpReply reply);
  void guest(boost::json::object body, const std::string& address, HttpReply reply);
  void refresh(boost::json::object body, HttpReply reply);
  void logout(std::shared_ptr<const Caller> caller, HttpReply reply);
  void revoke(boost::json::object body, HttpReply reply);

  static boost::json::object user_object(const Caller& caller);

 private:
  // Runs `work` on the pool and sends what it returns; SERVER_BUSY when the pool is full.
  void answer_later(HttpReply reply, UniqueFunction<HttpResponse()> work);
  boost::json::object pair_object(const identity::TokenPair& pair) const;

  Parts parts_;
};

}  // namespace lectern::app
