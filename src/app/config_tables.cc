#include "app/config_tables.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "app/config_keys.h"
#include "identity/roles.h"

namespace lectern::app {
namespace {

constexpr std::int64_t kLongestWindowMs = 24 * 3'600'000;

std::optional<std::int64_t> integer(std::string_view text) {
  std::int64_t number = 0;
  const auto end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, number);
  if (text.empty() || parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return number;
}

}  // namespace

bool is_config_word(std::string_view name) {
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return lower;
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const auto comma = text.find(',');
    auto part = text.substr(0, comma);
    text = comma == text.npos ? std::string_view() : text.substr(comma + 1);
    while (part.starts_with(' ')) part.remove_prefix(1);
    while (part.ends_with(' ')) part.remove_suffix(1);
    if (!part.empty()) parts.emplace_back(part);
  }
  return parts;
}

std::string unknown_key(std::string_view section, std::string_view name) {
  std::string text = "unknown key " + std::string(section) + "." + std::string(name);
  std::vector<std::string_view> known;
  for (const auto& key : config_keys()) {
    if (key.section == section) known.push_back(key.name);
  }
  if (section.starts_with("limits.")) known.assign(std::begin(kLimitKeys), std::end(kLimitKeys));
  if (section.starts_with("roles.")) known.assign(std::begin(kRoleKeys), std::end(kRoleKeys));
  if (const auto meant = closest(name, known); !meant.empty()) {
    return text + "; did you mean " + std::string(meant) + "?";
  }
  for (const auto& key : config_keys()) {
    if (key.name == name) return text + "; it belongs to [" + std::string(key.section) + "]";
  }
  return text;
}

std::string set_rule_key(gate::Rule& rule, std::string_view key, const Setting& value) {
  if (key == "scope") {
    const auto* name = std::get_if<std::string>(&value);
    const auto scope = name == nullptr ? std::nullopt : gate::scope(*name);
    if (!scope) return "scope must be \"global\", \"ip\", \"user\" or \"room\"";
    rule.scope = *scope;
  } else if (key == "window_ms") {
    const auto* number = std::get_if<std::int64_t>(&value);
    if (number == nullptr || *number < 1 || *number > kLongestWindowMs) {
      return "window_ms must be an integer between 1 and " + std::to_string(kLongestWindowMs);
    }
    rule.window_ms = *number;
  } else if (key == "max") {
    const auto* number = std::get_if<std::int64_t>(&value);
    if (number == nullptr || *number < 0 || *number > 10'000'000) {
      return "max must be an integer between 0 and 10000000";
    }
    rule.max = static_cast<std::uint32_t>(*number);
  } else {
    const auto* events = std::get_if<std::vector<std::string>>(&value);
    if (events == nullptr) return "events must be a list of names of events";
    rule.events = *events;
  }
  return {};
}

std::string set_role_permissions(Config& config, const std::string& name,
                                 std::vector<std::string> permissions) {
  if (!is_config_word(name)) return "the name of a role consists of a-z, 0-9, _ and -";
  for (const auto& permission : permissions) {
    if (!identity::is_permission(permission)) {
      return "\"" + permission + "\" is no permission, such as \"chat:read\" or \"quiz:*\"";
    }
  }
  const auto known = std::find_if(config.roles.begin(), config.roles.end(),
                                  [&](const auto& role) { return role.first == name; });
  if (known == config.roles.end()) {
    config.roles.emplace_back(name, std::move(permissions));
  } else {
    known->second = std::move(permissions);
  }
  return {};
}

void set_limit(const std::string& variable, const std::string& name, const std::string& value,
               LoadedConfig& loaded) {
  for (const auto key : kLimitKeys) {
    const auto suffix = "_" + std::string(key);
    if (name.size() <= suffix.size() || !name.ends_with(suffix)) continue;
    const auto rule_name = name.substr(0, name.size() - suffix.size());
    const auto* known = gate::find_rule(loaded.config.limits, rule_name);
    if (known == nullptr) {
      loaded.mistakes.push_back({variable, "there is no rule " + rule_name});
      return;
    }
    auto rule = *known;
    Setting setting = value;
    if (key == "events") setting = split_list(value);
    if (key == "window_ms" || key == "max") {
      if (const auto number = integer(value)) setting = *number;
    }
    if (auto problem = set_rule_key(rule, key, setting); !problem.empty()) {
      loaded.mistakes.push_back({variable, std::move(problem)});
      return;
    }
    gate::replace_rule(loaded.config.limits, std::move(rule));
    return;
  }
  loaded.mistakes.push_back({variable, "must end in _SCOPE, _WINDOW_MS, _MAX or _EVENTS"});
}

void set_role(const std::string& variable, const std::string& name, const std::string& value,
              LoadedConfig& loaded) {
  constexpr std::string_view kSuffix = "_permissions";
  std::string problem = "must end in _PERMISSIONS";
  if (name.size() > kSuffix.size() && name.ends_with(kSuffix)) {
    problem = set_role_permissions(loaded.config, name.substr(0, name.size() - kSuffix.size()),
                                   split_list(value));
  }
  if (!problem.empty()) loaded.mistakes.push_back({variable, std::move(problem)});
}

}  // namespace lectern::app
