#include <algorithm>
#include <set>

#include <toml++/toml.h>

#include "app/config_keys.h"
#include "app/config_tables.h"

namespace lectern::app {
namespace {

using Kind = ConfigKey::Kind;

std::optional<std::vector<std::string>> strings_of(const toml::node& node) {
  std::vector<std::string> strings;
  if (const auto* one = node.as_string()) {
    strings.push_back(one->get());
    return strings;
  }
  const auto* array = node.as_array();
  if (array == nullptr) return std::nullopt;
  for (const auto& element : *array) {
    const auto* text = element.as_string();
    if (text == nullptr) return std::nullopt;
    strings.push_back(text->get());
  }
  return strings;
}

// The node as a value of that kind; nullopt when it is of another.
std::optional<Setting> setting_of(Kind kind, const toml::node& node) {
  if (kind == Kind::boolean && node.is_boolean()) return node.as_boolean()->get();
  if (kind == Kind::integer && node.is_integer()) return node.as_integer()->get();
  if (kind == Kind::text && node.is_string()) return node.as_string()->get();
  if (kind == Kind::list) {
    if (auto strings = strings_of(node)) return std::move(*strings);
  }
  return std::nullopt;
}

const char* must_be(Kind kind) {
  switch (kind) {
    case Kind::boolean: return "must be true or false";
    case Kind::integer: return "must be an integer";
    case Kind::text: return "must be a string";
    case Kind::list: return "must be a list of strings";
  }
  return "";
}

class TomlReader {
 public:
  TomlReader(const std::string& file, LoadedConfig& loaded) : file_(file), loaded_(loaded) {}

  void read(const toml::table& root) {
    read_root(root);
    // A table is kept in the order of its keys, a reader goes through the file.
    std::stable_sort(lines_.begin(), lines_.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    for (auto& line : lines_) loaded_.mistakes.push_back(std::move(line.second));
  }

 private:
  void read_root(const toml::table& root) {
    for (const auto& [name, node] : root) {
      const auto* table = node.as_table();
      const std::string section(name.str());
      const bool known = std::any_of(config_sections().begin(), config_sections().end(),
                                     [&](const auto& one) { return one.name == section; });
      if (!known) {
        add(name.source(), unknown_section(section, table != nullptr));
      } else if (table == nullptr) {
        add(name.source(), (section + " must be a table: [").append(section).append("]"));
      } else if (section == "limits") {
        for_each_table(*table, section,
                       [&](const auto& key, const toml::table& rule) { read_limit(key, rule); });
      } else if (section == "roles") {
        for_each_table(*table, section,
                       [&](const auto& key, const toml::table& role) { read_role(key, role); });
      } else {
        read_section(section, *table);
      }
    }
  }

  std::string place_of(const toml::source_region& source) const {
    return file_ + ":" + std::to_string(source.begin.line);
  }

  void add(const toml::source_region& source, std::string what) {
    lines_.emplace_back(source.begin.line, Mistake{place_of(source), std::move(what)});
  }

  static std::string unknown_section(const std::string& name, bool is_table) {
    std::vector<std::string_view> known;
    for (const auto& section : config_sections()) known.push_back(section.name);
    auto text = (is_table ? "unknown section [" : "unknown key ") + name + (is_table ? "]" : "");
    if (is_table) {
      const auto meant = closest(name, known);
      return meant.empty() ? text : text + "; did you mean [" + std::string(meant) + "]?";
    }
    for (const auto& key : config_keys()) {
      if (key.name == name) return text + "; it belongs to [" + std::string(key.section) + "]";
    }
    return text;
  }

  template <class Read>
  void for_each_table(const toml::table& parent, const std::string& section, Read read) {
    for (const auto& [name, node] : parent) {
      if (const auto* table = node.as_table()) {
        read(name, *table);
      } else {
        add(name.source(), unknown_key(section, name.str()));
      }
    }
  }

  void read_section(const std::string& section, const toml::table& table) {
    for (const auto& [name, node] : table) {
      const auto* key = find_config_key(section, name.str());
      if (key == nullptr) {
        add(name.source(), unknown_key(section, name.str()));
        continue;
      }
      const auto full_name = section + "." + std::string(name.str());
      loaded_.origins[full_name] = place_of(name.source());
      const auto value = setting_of(key->kind, node);
      auto problem = value ? key->set(loaded_.config, *value) : std::string(must_be(key->kind));
      if (!problem.empty()) {
        add(name.source(), (full_name + " ").append(problem));
      }
    }
  }

  // A table replaces its rule whole, so it has all that makes a rule; `max = 0` alone will do.
  void read_limit(const toml::key& rule_key, const toml::table& table) {
    gate::Rule rule;
    rule.name = rule_key.str();
    if (!is_config_word(rule.name)) {
      return add(rule_key.source(), "the name of a rule consists of a-z, 0-9, _ and -");
    }
    const auto section = "limits." + rule.name;
    std::set<std::string_view> given;
    bool good = true;
    for (const auto& [name, node] : table) {
      const auto* const known = std::find(std::begin(kLimitKeys), std::end(kLimitKeys), name.str());
      if (known == std::end(kLimitKeys)) {
        add(name.source(), unknown_key(section, name.str()));
        good = false;
        continue;
      }
      const auto kind = *known == "scope"    ? Kind::text
                        : *known == "events" ? Kind::list
                                             : Kind::integer;
      const auto value = setting_of(kind, node);
      auto problem =
          value ? set_rule_key(rule, *known, *value) : std::string(*known) + " " + must_be(kind);
      if (!problem.empty()) {
        add(name.source(), (section + ".").append(problem));
        good = false;
      }
      given.insert(*known);
    }
    if (!good) return;
    const auto* default_rule = gate::find_rule(loaded_.config.limits, rule.name);
    const bool off = given.contains("max") && rule.max == 0;
    if (off && given.size() == 1 && default_rule != nullptr) {
      rule = *default_rule;
      rule.max = 0;
    }
    const bool needs_events = default_rule == nullptr || !default_rule->events.empty();
    for (const auto key : kLimitKeys) {
      if (off || given.contains(key) || (key == "events" && !needs_events)) continue;
      add(rule_key.source(), section + " replaces the rule whole and lacks " + std::string(key));
      return;
    }
    gate::replace_rule(loaded_.config.limits, std::move(rule));
  }

  void read_role(const toml::key& role_key, const toml::table& table) {
    const std::string role(role_key.str());
    const auto section = "roles." + role;
    std::optional<std::vector<std::string>> permissions;
    for (const auto& [name, node] : table) {
      if (name.str() != "permissions") {
        add(name.source(), unknown_key(section, name.str()));
        continue;
      }
      permissions = strings_of(node);
      auto problem = permissions ? set_role_permissions(loaded_.config, role, *permissions)
                                 : std::string(must_be(Kind::list));
      if (!problem.empty()) add(name.source(), (section + ".permissions: ").append(problem));
    }
    if (table.empty()) add(role_key.source(), section + " lacks permissions");
  }

  const std::string& file_;
  LoadedConfig& loaded_;
  std::vector<std::pair<std::uint32_t, Mistake>> lines_;  // by line
};

}  // namespace

void read_toml(std::string_view text, const std::string& file, LoadedConfig& loaded) {
  try {
    TomlReader(file, loaded).read(toml::parse(text));
  } catch (const toml::parse_error& error) {
    loaded.mistakes.push_back(
        {file + ":" + std::to_string(error.source().begin.line), std::string(error.description())});
  }
}

}  // namespace lectern::app
