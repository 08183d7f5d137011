#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "app/config.h"

namespace lectern::app {

// Why a command is refused; `what()` is the one line for stderr.
class CommandError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// `lectern token`: prints an access token signed with the configured secret.
struct TokenCommand {
  std::string user;
  std::string name;  // empty: the user id
  std::string role;
  std::string permissions;         // comma-separated
  std::optional<std::string> ttl;  // "15m"; none: auth.access_ttl_s
};
void run_token(const TokenCommand& command, const Config& config);

// `lectern user …`: asks the running server, or opens the store when none runs.
struct UserCommand {
  std::string action;  // add, list, set-password, set-role, disable, enable, remove
  std::string name;
  std::string role;
};
void run_user(const UserCommand& command, const Config& config);

// "90s", "15m", "2h", "7d" or "900" in seconds. Throws CommandError.
std::int64_t parse_ttl(const std::string& text);

// A password from the terminal, twice and without echo, or the first line of stdin when that is no
// terminal. Throws CommandError.
std::string read_password();

}  // namespace lectern::app
