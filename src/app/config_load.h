#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/config.h"

namespace lectern::app {

// What the command line said; absent is not said.
struct ConfigFlags {
  std::optional<std::string> config_file;
  std::optional<std::string> data;
  std::vector<std::string> listen;
  std::optional<std::string> redis;
  std::optional<std::string> threads;
  std::optional<std::string> web;
};

using Variables = std::vector<std::pair<std::string, std::string>>;

// The environment of this program.
Variables environment_of_program();

struct Mistake {
  std::string where;  // "lectern.toml:12", "LECTERN_SERVER_THREADS", "--listen"
  std::string what;   // "unknown key server.listn; did you mean listen?"

  std::string line() const { return where + ": " + what; }
};

// One line for all of them, of which there is at least one: the first, and how many more there are.
std::string summary_of(const std::vector<Mistake>& mistakes);

struct LoadedConfig {
  Config config;  // complete even when there are mistakes, which keep the default
  std::vector<Mistake> mistakes;
  std::map<std::string, std::string> origins;  // where "server.listen" was set, if anywhere
};

// Reads the configuration: flag, then environment LECTERN_<SECTION>_<KEY>, then file, then default.
// The file is TOML, named by the flag or by LECTERN_CONFIG; LECTERN_DATA names the data directory.
// Lists in the environment are separated by commas. Asking for what this version does not have is a
// mistake. Secrets come from JWT_ACCESS_SECRET, JWT_REFRESH_SECRET and LECTERN_ADMIN_PASSWORD, or
// from the files that these names with _FILE name, without a newline at their end; a mistake never
// quotes them.
LoadedConfig load_config(const ConfigFlags& flags, const Variables& environment);

// The same for those who are to serve: the files that it names can be used as well.
LoadedConfig load_serve_config(const ConfigFlags& flags, const Variables& environment);

// The whole configuration as a commented TOML file, without secrets. Reading it gives `config`.
std::string print_config(const Config& config);

}  // namespace lectern::app
