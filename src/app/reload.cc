#include "app/reload.h"

#include <exception>
#include <utility>

#include "app/application.h"
#include "app/config_keys.h"
#include "identity/roles.h"

namespace lectern::app {
namespace {

// The sections in which each table has a name of its own.
void add_roles(const Config& from, const Config& to, std::vector<std::string>& names) {
  const auto all = [](const Config& config) {
    identity::Roles roles;
    for (const auto& [name, permissions] : config.roles) roles.set(name, permissions);
    return roles;
  };
  const auto before = all(from);
  const auto after = all(to);
  for (const auto& name : after.names()) {
    const auto* known = before.permissions_of(name);
    if (!known || *known != *after.permissions_of(name)) names.push_back("roles." + name);
  }
  for (const auto& name : before.names()) {
    if (!after.permissions_of(name)) names.push_back("roles." + name);
  }
}

bool same(const gate::Rule& a, const gate::Rule& b) {
  return a.scope == b.scope && a.window_ms == b.window_ms && a.max == b.max && a.events == b.events;
}

void add_limits(const Config& from, const Config& to, std::vector<std::string>& names) {
  for (const auto& rule : to.limits) {
    const auto* known = gate::find_rule(from.limits, rule.name);
    if (!known || !same(*known, rule)) names.push_back("limits." + rule.name);
  }
  for (const auto& rule : from.limits) {
    if (!gate::find_rule(to.limits, rule.name)) names.push_back("limits." + rule.name);
  }
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ",") + name;
  return text;
}

}  // namespace

std::vector<std::string> differences(const Config& from, const Config& to) {
  std::vector<std::string> names;
  for (const auto& key : config_keys()) {
    if (key.get(from) != key.get(to)) {
      names.push_back(std::string(key.section) + "." + std::string(key.name));
    }
  }
  add_roles(from, to, names);
  add_limits(from, to, names);
  if (from.own_events && to.own_events && !from.own_events->same_as(*to.own_events))
    names.emplace_back("schemas");
  if (from.auth.access_secret != to.auth.access_secret) names.emplace_back("JWT_ACCESS_SECRET");
  if (from.auth.refresh_secret != to.auth.refresh_secret) names.emplace_back("JWT_REFRESH_SECRET");
  return names;
}

void Reloader::reload() {
  try {
    const auto loaded = reread_();
    if (!loaded.mistakes.empty()) {
      return log_.write(Level::error,
                        "reload refused, nothing has changed: " + summary_of(loaded.mistakes));
    }
    auto next = running_;
    next.limits = loaded.config.limits;
    next.log.level = loaded.config.log.level;
    if (running_.schemas_directory == loaded.config.schemas_directory)
      next.own_events = loaded.config.own_events;
    next.auth.keys = loaded.config.auth.keys;
    next.auth.access_secret = loaded.config.auth.access_secret;
    next.auth.refresh_secret = loaded.config.auth.refresh_secret;
    // A server that began without TLS cannot begin it now, nor the other way round.
    if (running_.server.tls_cert.empty() == loaded.config.server.tls_cert.empty()) {
      next.server.tls_cert = loaded.config.server.tls_cert;
      next.server.tls_key = loaded.config.server.tls_key;
    }
    application_.reload(next);
    log_.set_level(next.log.level);
    const auto before = std::exchange(running_, std::move(next));
    report(differences(before, running_), differences(running_, loaded.config));
  } catch (const std::exception& error) {
    log_.write(Level::error, std::string("reload refused, nothing has changed: ") + error.what());
  }
}

void Reloader::report(const std::vector<std::string>& taken,
                      const std::vector<std::string>& left) const {
  std::string line = "reloaded";
  if (!running_.server.tls_cert.empty()) line += " certificate=" + running_.server.tls_cert;
  if (!running_.auth.keys.empty()) line += " keys=" + std::to_string(running_.auth.keys.size());
  if (running_.own_events) line += " own_events=" + std::to_string(running_.own_events->size());
  if (!taken.empty()) line += " changed=" + joined(taken);
  log_.write(Level::info, line);
  if (!left.empty()) {
    log_.write(Level::warning, "reload: a restart is needed for " + joined(left));
  }
}

}  // namespace lectern::app
