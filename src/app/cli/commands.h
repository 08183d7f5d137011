#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "app/config.h"
#include "app/config_load.h"

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

// `lectern user erase NAME`: while no server runs. `name` may be a user id.
void run_erase(const std::string& name, const Config& config);

// The file of the store, which exists; throws CommandError when there is none.
std::string stored_database(const Config& config);

// `lectern backup FILE`: also while a server runs.
void run_backup(const std::string& file, const Config& config);

// `lectern verify [FILE]`: a file, or the store when none is named, also while a server runs. False
// when something in it is damaged, which is printed.
bool run_verify(const std::string& file, const Config& config);

// `lectern restore FILE`: while no server runs.
void run_restore(const std::string& file, const Config& config);

// `lectern export`: events as lines of JSON or as CSV, and the results of a quiz as CSV, to stdout.
// Also while a server runs.
struct ExportCommand {
  std::string aggregate;  // empty: of all
  std::string user;       // an account's name or a user id: what concerns that user; empty: all
  std::string format = "jsonl";
};
void run_export(const ExportCommand& command, const Config& config);

// `lectern doctor`: looks at the host as `serve` would find it, and prints a line for each check.
// False when one fails. Changes nothing.
bool run_doctor(const LoadedConfig& loaded);

// "90s", "15m", "2h", "7d" or "900" in seconds. Throws CommandError.
std::int64_t parse_ttl(const std::string& text);

// A password from the terminal, twice and without echo, or the first line of stdin when that is no
// terminal. Throws CommandError.
std::string read_password();

}  // namespace lectern::app
