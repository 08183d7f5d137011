#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "app/config.h"
#include "app/config_load.h"
#include "load/crowd.h"

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

// `lectern load URL`: puts load on a running server and prints a report. False when a threshold was
// missed.
struct LoadCommand {
  std::string url;
  std::string path = "/socket.io/";
  std::string duration = "10s";
  std::string ramp = "1s";
  std::string format = "text";
  std::string user;          // signs in with a password from stdin
  bool token_stdin = false;  // the token of everybody comes from there
  bool anonymous = false;    // no tokens; with none of the three they are signed here
  load::Plan plan;
  load::Thresholds thresholds;
};
bool run_load_command(LoadCommand command, const Config& config);

// "90s", "15m", "2h", "7d" or "900" in seconds. Throws CommandError, which names the flag.
std::int64_t parse_ttl(const std::string& flag, const std::string& text);

// A password from the terminal, twice and without echo, or the first line of stdin when that is no
// terminal. Throws CommandError.
std::string read_password();

}  // namespace lectern::app
