#include <algorithm>

#include "app/config_keys.h"
#include "app/config_load.h"
#include "identity/roles.h"

namespace lectern::app {
namespace {

std::string quoted(std::string_view text) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte == 0x7F) {
      out += "\\u00";
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string quoted(const std::vector<std::string>& list) {
  std::string out = "[";
  for (const auto& one : list) {
    if (out.size() > 1) out += ", ";
    out += quoted(one);
  }
  return out + "]";
}

std::string toml_of(const Setting& setting) {
  if (const auto* value = std::get_if<bool>(&setting)) return *value ? "true" : "false";
  if (const auto* value = std::get_if<std::int64_t>(&setting)) return std::to_string(*value);
  if (const auto* value = std::get_if<std::string>(&setting)) return quoted(*value);
  return quoted(std::get<std::vector<std::string>>(setting));
}

void add_comment(std::string& out, std::string_view comment) {
  while (!comment.empty()) {
    const auto end = comment.find('\n');
    out += "# ";
    out += comment.substr(0, end);
    out += '\n';
    comment = end == comment.npos ? std::string_view() : comment.substr(end + 1);
  }
}

void add_roles(std::string& out, const Config& config) {
  identity::Roles roles;
  for (const auto& [name, permissions] : config.roles) roles.set(name, permissions);
  for (const auto& name : roles.names()) {
    out += "\n[roles." + name + "]\n";
    out += "permissions = " + quoted(*roles.permissions_of(name)) + "\n";
  }
}

void add_limits(std::string& out, const Config& config) {
  for (const auto& rule : config.limits) {
    out += "\n[limits." + (rule.name.empty() ? "\"\"" : rule.name) + "]\n";
    out += "scope = " + quoted(gate::name_of(rule.scope)) + "\n";
    out += "window_ms = " + std::to_string(rule.window_ms) + "\n";
    out += "max = " + std::to_string(rule.max) + "\n";
    out += "events = " + quoted(rule.events) + "\n";
  }
}

}  // namespace

std::string print_config(const Config& config) {
  std::string out;
  add_comment(
      out,
      "Lectern's configuration, complete. A flag comes before LECTERN_<SECTION>_<KEY> in the\n"
      "environment, that before this file, and this file before the default.");
  for (const auto& section : config_sections()) {
    out += '\n';
    add_comment(out, section.comment);
    if (section.name == "roles") {
      add_roles(out, config);
      continue;
    }
    if (section.name == "limits") {
      add_limits(out, config);
      continue;
    }
    out += "[" + std::string(section.name) + "]\n";
    for (const auto& key : config_keys()) {
      if (key.section != section.name) continue;
      add_comment(out, key.comment);
      out += std::string(key.name) + " = " + toml_of(key.get(config)) + "\n";
    }
  }
  return out;
}

}  // namespace lectern::app
