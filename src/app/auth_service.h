#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <lectern/http.h>

#include "app/admission.h"
#include "app/audit_trail.h"
#include "app/auth_pool.h"
#include "app/counters.h"
#include "app/http_body.h"
#include "app/join_codes.h"
#include "app/request.h"
#include "identity/accounts.h"

namespace lectern::app {

// The routes below /auth, and the audit trail. What waits for a disk or a core runs on the pool,
// and its answer comes from there. All references must outlive the pool's threads.
class AuthService {
 public:
  struct Parts {
    identity::Accounts& accounts;
    const identity::Roles& roles;
    identity::AccountStore& store;
    Admission& admission;
    Counters& counters;
    AuditTrail& audit;
    AuthPool& hashing;  // logins
    AuthPool& pool;     // all else: refreshes and guests do not wait behind logins
    const JoinCodes& codes;
    bool guests;
    // Calls back with a name that nobody else in the room has.
    std::function<void(const Uuid& room, std::string name, UniqueFunction<void(std::string)>)>
        free_name;
    std::function<void()> on_revocation;  // some token has just died: any thread
  };

  explicit AuthService(Parts parts) : parts_(std::move(parts)) {}

  // `address` is the client's.
  void login(boost::json::object body, const std::string& address, HttpReply reply);
  void guest(boost::json::object body, const std::string& address, HttpReply reply);
  void refresh(boost::json::object body, const std::string& address, HttpReply reply);
  void logout(std::shared_ptr<const Caller> caller, HttpReply reply);
  void revoke(std::shared_ptr<const Caller> caller, boost::json::object body, HttpReply reply);
  void list_audit(std::optional<std::int64_t> before, std::size_t limit, HttpReply reply);

  static boost::json::object user_object(const Caller& caller);

 private:
  HttpResponse refused(const gate::LimitRefusal& refusal);
  // Runs `work` on a pool and sends what it returns; SERVER_BUSY when the pool is full.
  static void answer_later(AuthPool& pool, HttpReply reply, UniqueFunction<HttpResponse()> work);
  struct LoginAttempt;
  struct Login {
    std::string name;
    std::string password;
    std::string address;
    HttpReply reply;
  };
  static constexpr std::size_t kMaxWaiting = 64;

  // A login begins when Admission lets it; one that only others under way keep out waits for them.
  void begin(std::unique_ptr<Login> login);
  void begin_waiting() noexcept;
  void check(std::unique_ptr<Login> login, std::unique_ptr<LoginAttempt> attempt);
  // For the audit trail.
  void record(const char* type, const identity::AccessClaims& claims, const std::string& address);
  void not_signed_in(const std::string& name, const std::string& address);
  void admit_guest(const Uuid& room, std::string name, const std::string& address, HttpReply reply);
  boost::json::object pair_object(const identity::TokenPair& pair) const;

  Parts parts_;
  std::mutex mutex_;  // guards waiting_
  std::vector<std::unique_ptr<Login>> waiting_;
};

}  // namespace lectern::app
