#include <charconv>
#include <chrono>
#include <iostream>

#include "app/cli/commands.h"
#include "app/config_tables.h"
#include "app/secrets.h"
#include "base/uuid.h"
#include "gate/sanitiser.h"
#include "identity/roles.h"
#include "identity/token.h"

namespace lectern::app {
namespace {

constexpr std::int64_t kLongestTtl = 10LL * 365 * 86400;

std::int64_t wall_clock_seconds() {
  return std::chrono::duration_cast<std::chrono::seconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace

std::int64_t parse_ttl(const std::string& flag, const std::string& text) {
  const auto fail = [&]() -> std::int64_t {
    throw CommandError(flag + ": \"" + text + "\" is no duration, such as 90s, 15m, 2h or 7d");
  };
  std::int64_t number = 0;
  const auto* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, number);
  if (parsed.ec != std::errc() || number < 1 || number > kLongestTtl) return fail();
  const std::string unit(parsed.ptr, end);
  std::int64_t seconds = 1;
  if (unit == "m") {
    seconds = 60;
  } else if (unit == "h") {
    seconds = 3600;
  } else if (unit == "d") {
    seconds = 86400;
  } else if (!unit.empty() && unit != "s") {
    return fail();
  }
  return number * seconds > kLongestTtl ? fail() : number * seconds;
}

void run_token(const TokenCommand& command, const Config& config) {
  identity::AccessClaims claims;
  claims.user_id = command.user;
  claims.username = command.name.empty() ? command.user : command.name;
  for (const auto* text : {&claims.user_id, &claims.username}) {
    if (text->empty() || text->size() > 128 || gate::clean_name(*text, 128) != *text) {
      throw CommandError(std::string(text == &claims.user_id ? "--user" : "--name") +
                         ": must have 1 to 128 bytes and no control characters, < or >");
    }
  }
  claims.role = command.role;
  if (!is_config_word(claims.role)) {
    throw CommandError("--role: the name of a role consists of a-z, 0-9, _ and -");
  }
  claims.permissions = split_list(command.permissions);
  for (const auto& permission : claims.permissions) {
    if (!identity::is_permission(permission)) {
      throw CommandError("--permissions: \"" + permission + "\" is no permission");
    }
  }
  claims.jti = Uuid::random().to_string();
  claims.issued_at = wall_clock_seconds();
  claims.expires_at = claims.issued_at +
                      (command.ttl ? parse_ttl("--ttl", *command.ttl) : config.auth.access_ttl_s);
  std::cout << load_tokens(config).sign(claims) << '\n';
}

}  // namespace lectern::app
