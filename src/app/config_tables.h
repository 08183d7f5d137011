#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/config_keys.h"
#include "app/config_load.h"

namespace lectern::app {

// What load_config() is made of.

// Takes over a configuration file; mistakes say file and line.
void read_toml(std::string_view text, const std::string& file, LoadedConfig& loaded);

// LECTERN_LIMITS_<RULE>_<KEY> and LECTERN_ROLES_<NAME>_PERMISSIONS: `name` is what follows the
// section, in small letters. One key of a rule changes, the others stay.
void set_limit(const std::string& variable, const std::string& name, const std::string& value,
               LoadedConfig& loaded);
void set_role(const std::string& variable, const std::string& name, const std::string& value,
              LoadedConfig& loaded);

// One key of a rule, and the permissions of a role; return what is wrong, or nothing.
std::string set_rule_key(gate::Rule& rule, std::string_view key, const Setting& value);
std::string set_role_permissions(Config& config, const std::string& name,
                                 std::vector<std::string> permissions);

// "unknown key server.listn; did you mean listen?"
std::string unknown_key(std::string_view section, std::string_view name);

// 1 to 64 of a-z, 0-9, _ and -: the names of roles and rules.
bool is_config_word(std::string_view name);

std::string lower_case(std::string_view text);
std::vector<std::string> split_list(std::string_view text);  // by commas, without spaces around

}  // namespace lectern::app
