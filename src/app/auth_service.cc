#include "app/auth_service.h"

#include <limits>
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

// Members that are empty are left out.
boost::json::object line_of(const identity::AuditEntry& entry) {
  boost::json::object line{{"id", entry.id}, {"timestamp", entry.at}, {"type", entry.type}};
  for (const auto& [name, text] :
       {std::pair("actorId", &entry.actor), std::pair("userId", &entry.subject),
        std::pair("address", &entry.address), std::pair("detail", &entry.detail)}) {
    if (!text->empty()) line[name] = *text;
  }
  return line;
}

HttpResponse no_content() { return {204, {{"Cache-Control", "no-store"}}, {}, {}}; }

}  // namespace

// Ends a login that Admission let begin, whatever becomes of it, and lets others begin.
struct AuthService::LoginAttempt {
  LoginAttempt(AuthService& owner, std::string name, std::string from)
      : service(owner), account(std::move(name)), address(std::move(from)) {}
  ~LoginAttempt() {
    service.parts_.admission.end_login(account, address, how, wall_clock());
    service.begin_waiting();
  }
  LoginAttempt(const LoginAttempt&) = delete;
  LoginAttempt& operator=(const LoginAttempt&) = delete;

  AuthService& service;
  std::string account;
  std::string address;
  Admission::LoginEnd how = Admission::LoginEnd::undecided;
};

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

void AuthService::answer_later(AuthPool& pool, HttpReply reply,
                               UniqueFunction<HttpResponse()> work) {
  // Shared, because a full pool drops the task and the reply is still needed.
  const auto shared = std::make_shared<HttpReply>(std::move(reply));
  const bool taken = pool.submit([shared, work = std::move(work)]() mutable {
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

HttpResponse AuthService::refused(const gate::LimitRefusal& refusal) {
  const auto failure = failure_of(refusal);
  parts_.counters.refused(failure);
  return error_response(failure);
}

void AuthService::login(boost::json::object body, const std::string& address, HttpReply reply) {
  std::optional<gate::ValidationError> error;
  gate::Fields fields(body, "", error);
  auto name = fields.string("username", {1, identity::Accounts::kMaxNameBytes});
  auto password = fields.string("password", {1, identity::Accounts::kMaxPasswordBytes});
  fields.finish();
  if (error) return reply(error_response(failure_of(*error)));
  name = gate::clean_name(name, identity::Accounts::kMaxNameBytes);
  begin(std::make_unique<Login>(
      Login{std::move(name), std::move(password), address, std::move(reply)}));
}

void AuthService::begin(std::unique_ptr<Login> login) {
  const auto key = limit_key_of(login->address);
  std::optional<gate::LimitRefusal> refusal;
  {
    // Whoever ends an attempt takes this lock next, so nobody waits who could begin.
    const std::lock_guard lock(mutex_);
    bool full = false;
    refusal = parts_.admission.begin_login(login->name, key, wall_clock(), &full);
    if (refusal && full && waiting_.size() < kMaxWaiting) {
      return waiting_.push_back(std::move(login));
    }
  }
  if (refusal) return login->reply(refused(*refusal));
  auto attempt = std::make_unique<LoginAttempt>(*this, login->name, key);
  check(std::move(login), std::move(attempt));
}

void AuthService::begin_waiting() noexcept {
  std::vector<std::unique_ptr<Login>> waiting;
  {
    const std::lock_guard lock(mutex_);
    waiting.swap(waiting_);
  }
  for (auto& login : waiting) begin(std::move(login));
}

void AuthService::check(std::unique_ptr<Login> login, std::unique_ptr<LoginAttempt> attempt) {
  auto reply = std::move(login->reply);
  answer_later(parts_.hashing, std::move(reply),
               [this, login = std::move(login), attempt = std::move(attempt)] {
                 const auto pair = parts_.accounts.login(login->name, login->password, wall_clock(),
                                                         identity::PairIds::random());
                 if (pair) {
                   attempt->how = Admission::LoginEnd::good;
                   // An address that is forgotten costs its owner a wait in the worst case.
                   static_cast<void>(parts_.store.remember_address(pair->claims.user_id,
                                                                   attempt->address, wall_clock()));
                   record("login", pair->claims, login->address);
                   return json_response(200, pair_object(*pair));
                 }
                 if (pair.error() == make_error_code(identity::AuthErrc::invalid_credentials)) {
                   attempt->how = Admission::LoginEnd::wrong;
                   not_signed_in(login->name, login->address);
                 }
                 return error_response(failure_of(pair.error()));
               });
}

void AuthService::record(const char* type, const identity::AccessClaims& claims,
                         const std::string& address) {
  const auto room = claims.room_id.empty() ? std::string() : "room=" + claims.room_id;
  parts_.audit.record({0, wall_clock(), type, claims.user_id, claims.user_id, address, room});
}

void AuthService::not_signed_in(const std::string& name, const std::string& address) {
  // What names no account may be a password in the wrong field, so it is not written down.
  parts_.audit.record(
      {0, wall_clock(), "login_failed", {}, parts_.accounts.id_of(name), address, {}});
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
  std::optional<Uuid> room;
  const auto refusal = parts_.admission.try_join_code(key, wall_clock(), [&] {
    room = parts_.codes.find(code);
    return room.has_value();
  });
  if (refusal) return reply(refused(*refusal));
  if (!room) {
    return reply(error_response(Failure{"INVALID_CREDENTIALS", "No class has this join code"}));
  }
  // Shared, because the room may have no time for an answer.
  const auto shared = std::make_shared<HttpReply>(std::move(reply));
  parts_.free_name(*room, std::move(name),
                   [this, room = *room, address, shared](std::string unique) {
                     if (unique.empty()) return (*shared)(error_response(busy()));
                     admit_guest(room, std::move(unique), address, std::move(*shared));
                   });
}

void AuthService::admit_guest(const Uuid& room, std::string name, const std::string& address,
                              HttpReply reply) {
  answer_later(parts_.pool, std::move(reply),
               [this, name = std::move(name), address, room = room.to_string()] {
                 const auto pair = parts_.accounts.admit_guest(
                     name, room, Uuid::random(), wall_clock(), identity::PairIds::random());
                 if (!pair) return error_response(failure_of(pair.error()));
                 record("guest", pair->claims, address);
                 auto answer = pair_object(*pair);
                 answer["roomId"] = room;
                 return json_response(200, answer);
               });
}

void AuthService::refresh(boost::json::object body, const std::string& address, HttpReply reply) {
  std::optional<gate::ValidationError> error;
  gate::Fields fields(body, "", error);
  auto token = fields.string("refreshToken", {1, identity::Tokens::kMaxTokenBytes});
  fields.finish();
  if (error) return reply(error_response(failure_of(*error)));
  answer_later(parts_.pool, std::move(reply), [this, token = std::move(token), address] {
    identity::EndedFamily ended;
    const auto pair =
        parts_.accounts.refresh(token, wall_clock(), identity::PairIds::random(), &ended);
    if (!ended.family.empty()) {
      parts_.audit.record(
          {0, wall_clock(), "token_reused", {}, ended.user_id, address, "family=" + ended.family});
      parts_.on_revocation();
    }
    if (!pair) return error_response(failure_of(pair.error()));
    auto answer = pair_object(*pair);
    if (!pair->claims.room_id.empty()) answer["roomId"] = pair->claims.room_id;
    return json_response(200, answer);
  });
}

void AuthService::logout(std::shared_ptr<const Caller> caller, HttpReply reply) {
  answer_later(parts_.pool, std::move(reply), [this, caller = std::move(caller)] {
    const auto done = parts_.accounts.logout(caller->claims, wall_clock());
    if (!done) return error_response(failure_of(done.error()));
    record("logout", caller->claims, {});
    parts_.on_revocation();
    return no_content();
  });
}

void AuthService::revoke(std::shared_ptr<const Caller> caller, boost::json::object body,
                         HttpReply reply) {
  std::optional<gate::ValidationError> error;
  gate::Fields fields(body, "", error);
  auto user = fields.string("userId", {1, 128});
  fields.finish();
  if (error) return reply(error_response(failure_of(*error)));
  answer_later(parts_.pool, std::move(reply),
               [this, caller = std::move(caller), user = std::move(user)] {
                 const auto now = wall_clock();
                 const auto done = parts_.accounts.revoke(user, now);
                 if (!done) return error_response(failure_of(done.error()));
                 parts_.audit.record({0, now, "revoke", caller->claims.user_id, user, {}, {}});
                 parts_.on_revocation();
                 return no_content();
               });
}

void AuthService::list_audit(std::optional<std::int64_t> before, std::size_t limit,
                             HttpReply reply) {
  const auto newest = std::numeric_limits<std::int64_t>::max();
  answer_later(parts_.pool, std::move(reply), [this, before = before.value_or(newest), limit] {
    const auto entries = parts_.store.audit(before, limit);
    boost::json::array lines;
    for (const auto& entry : entries) lines.push_back(line_of(entry));
    boost::json::object answer{{"entries", std::move(lines)}, {"next", nullptr}};
    if (entries.size() == limit) answer["next"] = entries.back().id;
    return json_response(200, answer);
  });
}

}  // namespace lectern::app
