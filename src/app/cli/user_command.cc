#include <array>
#include <chrono>
#include <iostream>
#include <thread>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "app/cli/commands.h"
#include "app/control.h"
#include "base/uuid.h"
#include "identity/roles.h"
#include "redis_store/redis_accounts.h"
#include "store/data_directory.h"
#include "store/store.h"

namespace lectern::app {
namespace {

namespace json = boost::json;

constexpr int kTries = 50;
constexpr std::chrono::milliseconds kPause{100};

TimeMs wall_clock() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

json::object request_of(const UserCommand& command) {
  std::string name = "user." + command.action;
  if (command.action == "set-password") name = "user.set_password";
  if (command.action == "set-role") name = "user.set_role";
  json::object request{{"command", name}};
  if (!command.name.empty()) request["name"] = command.name;
  if (!command.role.empty()) request["role"] = command.role;
  if (command.action == "add" || command.action == "set-password") {
    request["password"] = read_password();
  }
  return request;
}

// Carries the request out on the accounts themselves.
json::object answer_on(identity::AccountStore& store, const json::object& request,
                       const Config& config) {
  identity::Roles roles;
  for (const auto& [name, permissions] : config.roles) roles.set(name, permissions);
  // No token is signed here, so any secret will do.
  const auto secret = Uuid::random().to_string();
  const identity::Tokens tokens(secret, secret, {});
  identity::Revocations revocations;
  identity::Accounts accounts(store, tokens, roles, revocations, {});
  return answer_control(accounts, request, wall_clock(), nullptr,
                        [&store](const identity::AuditEntry& entry) {
                          static_cast<void>(store.add_audit({&entry, 1}));
                        });
}

// Throws DirectoryError while a server has the data directory.
json::object answer_from_file(const json::object& request, const Config& config) {
  const store::DataDirectory directory(config.data);
  store::Store opened(directory.database_file());
  return answer_on(opened.accounts(), request, config);
}

// Servers elsewhere that share the accounts hear of it.
json::object answer_from_redis(const json::object& request, const Config& config) {
  redis::RedisAccountsOptions options;
  options.url = *redis::parse_url(config.redis.url);
  options.prefix = config.redis.prefix;
  const auto where = options.url.host + ':' + std::to_string(options.url.port);
  redis::RedisAccounts accounts(std::move(options), nullptr);
  if (!accounts.wait_until_ready(kTries * kPause))
    throw CommandError("redis at " + where + ": it does not answer");
  return answer_on(accounts, request, config);
}

// A server that is just starting or stopping has the directory and does not answer: it is waited
// for, five seconds.
json::object answer_of(const json::object& request, const Config& config) {
  for (int tries = 1;; ++tries) {
    if (auto answer = ask_server(config.data, request)) return std::move(*answer);
    if (config.store.engine == Config::StoreEngine::redis)
      return answer_from_redis(request, config);
    try {
      return answer_from_file(request, config);
    } catch (const store::DirectoryError& error) {
      if (error.reason() != store::DirectoryError::Reason::in_use || tries == kTries) throw;
    }
    std::this_thread::sleep_for(kPause);
  }
}

void print_users(const json::array& users) {
  for (const auto& user : users) {
    const auto& account = user.as_object();
    std::cout << account.at("name").as_string().c_str() << '\t'
              << account.at("role").as_string().c_str() << '\t'
              << (account.at("disabled").as_bool() ? "disabled" : "active") << '\t'
              << account.at("userId").as_string().c_str() << '\n';
  }
}

}  // namespace

void run_user(const UserCommand& command, const Config& config) {
  if (config.store.engine == Config::StoreEngine::memory) {
    throw CommandError("store.engine is \"memory\": accounts end with the server");
  }
  const auto answer = answer_of(request_of(command), config);
  if (const auto* error = answer.if_contains("error")) {
    const std::string message = error->as_object().at("message").as_string().c_str();
    throw CommandError(command.name.empty() ? message : command.name + ": " + message);
  }
  if (command.action == "list") return print_users(answer.at("users").as_array());
  constexpr std::array<std::array<const char*, 2>, 6> kDone = {
      {{"add", "added"},
       {"set-password", "has a new password"},
       {"set-role", "has a new role"},
       {"disable", "disabled"},
       {"enable", "enabled"},
       {"remove", "removed"}}};
  for (const auto& [action, done] : kDone) {
    if (command.action != action) continue;
    const auto& user = answer.at("user").as_object();
    std::cout << "lectern: user " << command.name << ' ' << done << " ("
              << user.at("userId").as_string().c_str() << ")\n";
  }
}

}  // namespace lectern::app
