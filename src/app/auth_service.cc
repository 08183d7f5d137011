#include "app/auth_service.h"

#include <memory>
#include <utility>

#include <boost/json/value_from.hpp>

#include "app/client_address.h"
#include "app/live_sockets.h"
#include "gate/fields.h"
#include "gate/sanitiser.h"

namespace lectern::app {
namespace {

constexpr std::size_t kMaxDisplayName = 64;

// Ends a login that Admission let begin, whatever becomes of it.
struct LoginAttempt {
  LoginAttempt(Admission& limits, std::string name, std::string from)
      : admission(limits), account(std::move(name)), address(std::move(from)) {}
  ~LoginAttempt() { admission.end_login(account, address, how, wall_clock()); }
  LoginAttempt(const LoginAttempt&) = delete;
  LoginAttempt& operator=(const LoginAttempt&) = delete;

  Admission& admission;
  std::string account;
  std::string address;
  Admission::LoginEnd how = Admission::LoginEnd::undecided;
};

HttpResponse no_content() { return {204, {{"Cache-Control", "no-store"}}, {}, {}}; }

}  // namespace

boost::json::object AuthService::user_object(const Caller& caller) {
  return {{"userId", caller.claims.user_id},
          {"username", caller.claims.username},
          {"role", caller.claims.role},
          {"permissions", boost::json::value_from(caller.permissions)}};
}

boost::json::object AuthService::pair_object(const identity::TokenPair& pair) const {
  const Caller caller{pair.claims,
                      parts_.roles.effective(pair.claims.role, pair.claims.permissions)};
  return {{"accessToken", pair.access_token},
          {"refreshToken", pair.refresh_token},
          {"expiresAt", pair.expires_at},
          {"user", user_object(caller)}};
}

void AuthService::answer_later(HttpReply reply, UniqueFunction<HttpResponse()> work) {
  // Shared, because a full pool drops the task and the reply is still needed.
  const auto shared = std::make_shared<HttpReply>(std::move(reply));
  const bool taken = parts_.pool.submit([shared, work = std::move(work)]() mutable {
    HttpResponse response;
    try {
      response = work();
    } catch (...) {
      response = error_response(internal_failure());
    }
    (*shared)(std::move(response));
  });
  if (!taken) (*shared)(error_response(busy()));
}

void AuthService::login(boost::json::object body, const std::string& address, HttpReply reply) {
  std::optional<gate::ValidationError> error;
  gate::Fields fields(body, "", error);
  auto name = fields.string("username", {1, identity::Accounts::kMaxNameBytes});
  auto password = fields.string("password", {1, identity::Accounts::kMaxPasswordBytes});
  fields.finish();
  if (error) return reply(error_response(failure_of(*error)));
  const auto key = limit_key_of(address);
  name = gate::clean_name(name, identity::Accounts::kMaxNameBytes);
  if (auto refusal = parts_.admission.begin_login(name, key, wall_clock())) {
    return reply(error_response(failure_of(*refusal)));
  }
  auto attempt = std::make_unique<LoginAttempt>(parts_.admission, name, key);
  answer_later(std::move(reply), [this, attempt = std::move(attempt), name = std::move(name),
                                  password = std::move(password)] {
    const auto pair =
        parts_.accounts.login(name, password, wall_clock(), identity::PairIds::random());
    if (pair) {
      attempt->how = Admission::LoginEnd::good;
    } else if (pair.error() == make_error_code(identity::AuthErrc::invalid_credentials)) {
      attempt->how = Admission::LoginEnd::wrong;
    }
    return pair ? json_response(200, pair_object(*pair)) : error_response(failure_of(pair.error()));
  });
}

void AuthService::guest(boost::json::object body, const std::string& address, HttpReply reply) {
  std::optional<gate::ValidationError> error;
  gate::Fields fields(body, "", error);
  auto name = fields.name("displayName", kMaxDisplayName);
  const auto code = fields.string("joinCode", {1, 64});
  fields.finish();
  if (error) return reply(error_response(failure_of(*error)));
  if (!parts_.guests) {
    return reply(error_response(Failure{"FORBIDDEN", "Guests are not admitted"}));
  }
  const auto key = limit_key_of(address);
  const auto now = wall_clock();
  if (auto refusal = parts_.admission.try_join_code(key, now)) {
    return reply(error_response(failure_of(*refusal)));
  }
  const auto room = parts_.codes.find(code);
  if (!room) {
    parts_.admission.wrong_join_code(key, now);
    return reply(error_response(Failure{"INVALID_CREDENTIALS", "No class has this join code"}));
  }
  answer_later(std::move(reply), [this, name = std::move(name), room = room->to_string()] {
    const auto pair = parts_.accounts.admit_guest(name, room, Uuid::random(), wall_clock(),
                                                  identity::PairIds::random());
    if (!pair) return error_response(failure_of(pair.error()));
    auto answer = pair_object(*pair);
    answer["roomId"] = room;
    return json_response(200, answer);
  });
}

void AuthService::refresh(boost::json::object body, HttpReply reply) {
  std::optional<gate::ValidationError> error;
  gate::Fields fields(body, "", error);
  auto token = fields.string("refreshToken", {1, identity::Tokens::kMaxTokenBytes});
  fields.finish();
  if (error) return reply(error_response(failure_of(*error)));
  answer_later(std::move(reply), [this, token = std::move(token)] {
    std::string revoked_family;
    const auto pair =
        parts_.accounts.refresh(token, wall_clock(), identity::PairIds::random(), &revoked_family);
    if (!revoked_family.empty()) parts_.on_revocation();
    if (!pair) return error_response(failure_of(pair.error()));
    auto answer = pair_object(*pair);
    if (!pair->claims.room_id.empty()) answer["roomId"] = pair->claims.room_id;
    return json_response(200, answer);
  });
}

void AuthService::logout(std::shared_ptr<const Caller> caller, HttpReply reply) {
  answer_later(std::move(reply), [this, caller = std::move(caller)] {
    const auto done = parts_.accounts.logout(caller->claims, wall_clock());
    if (!done) return error_response(failure_of(done.error()));
    parts_.on_revocation();
    return no_content();
  });
}

void AuthService::revoke(boost::json::object body, HttpReply reply) {
  std::optional<gate::ValidationError> error;
  gate::Fields fields(body, "", error);
  auto user = fields.string("userId", {1, 128});
  fields.finish();
  if (error) return reply(error_response(failure_of(*error)));
  answer_later(std::move(reply), [this, user = std::move(user)] {
    const auto done = parts_.accounts.revoke(user, wall_clock());
    if (!done) return error_response(failure_of(done.error()));
    parts_.on_revocation();
    return no_content();
  });
}

}  // namespace lectern::app
