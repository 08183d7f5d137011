#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "app/control.h"
#include "gate/sanitiser.h"

namespace lectern::app {
namespace {

namespace json = boost::json;
using identity::Account;

json::object failure(std::string_view type, std::string_view message) {
  return {{"ok", false}, {"error", {{"type", type}, {"message", message}}}};
}

json::object failure(const boost::system::error_code& error) {
  return failure(identity::type_of(identity::auth_errc(error)), error.message());
}

json::object account_json(const Account& account) {
  return {{"userId", account.user_id},
          {"name", account.name},
          {"role", account.role},
          {"disabled", account.disabled},
          {"createdAt", account.created_at}};
}

std::string detail_of(const Account& account) {
  return "name=" + account.name + " role=" + account.role;
}

std::string text_of(const json::object& request, std::string_view name) {
  const auto* value = request.if_contains(name);
  if (value == nullptr || !value->is_string()) return {};
  return std::string(value->get_string());
}

}  // namespace

json::object answer_control(identity::Accounts& accounts, const json::object& request, TimeMs now,
                            const OnDeadUser& on_dead_user, const OnChange& on_change) {
  const auto command = text_of(request, "command");
  const auto name = text_of(request, "name");
  if (command == "user.list") {
    json::array users;
    for (const auto& account : accounts.list()) users.push_back(account_json(account));
    return {{"ok", true}, {"users", std::move(users)}};
  }
  identity::Result<Account> changed = identity::AuthErrc::unknown_account;
  bool ends_tokens = true;
  if (command == "user.add") {
    // What is shown to others is cleaned on input; a name that cleaning changes is a mistake here,
    // where somebody can type another one.
    if (gate::clean_name(name, identity::Accounts::kMaxNameBytes) != name) {
      return failure(make_error_code(identity::AuthErrc::invalid_name));
    }
    changed = accounts.add(name, text_of(request, "role"), text_of(request, "password"), now,
                           Uuid::random());
    ends_tokens = false;
  } else if (command == "user.enable") {
    changed = accounts.enable(name);
    ends_tokens = false;
  } else if (command == "user.set_password") {
    changed = accounts.set_password(name, text_of(request, "password"), now);
  } else if (command == "user.set_role") {
    changed = accounts.set_role(name, text_of(request, "role"), now);
  } else if (command == "user.disable") {
    changed = accounts.disable(name, now);
  } else if (command == "user.remove") {
    changed = accounts.remove(name, now);
  } else {
    return failure("NOT_FOUND", "There is no such command");
  }
  if (!changed) return failure(changed.error());
  if (on_change) on_change({0, now, command, {}, changed->user_id, {}, detail_of(*changed)});
  if (ends_tokens && on_dead_user) on_dead_user(changed->user_id);
  return {{"ok", true}, {"user", account_json(*changed)}};
}

}  // namespace lectern::app
