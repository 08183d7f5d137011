#include "app/config_load.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "app/config_keys.h"
#include "app/config_tables.h"
#include "app/provider_keys.h"
#include "identity/roles.h"
#include "identity/token.h"
#include "redis/url.h"

namespace lectern::app {
namespace {

using Kind = ConfigKey::Kind;

// A value in text, as the environment and flags have it. Nullopt when it is not of that kind.
std::optional<Setting> setting_of(Kind kind, std::string_view text) {
  if (kind == Kind::text) return std::string(text);
  if (kind == Kind::boolean) {
    if (text == "true" || text == "1") return true;
    if (text == "false" || text == "0") return false;
    return std::nullopt;
  }
  if (kind == Kind::integer) {
    std::int64_t number = 0;
    const auto end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, number);
    if (text.empty() || parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
    return number;
  }
  return split_list(text);
}

// `line` is "section.key: what is wrong"; the mistake says where the key was set.
void add_for_key(LoadedConfig& loaded, const std::string& line) {
  const auto colon = line.find(": ");
  const auto key = line.substr(0, colon);
  const auto origin = loaded.origins.find(key);
  if (origin == loaded.origins.end()) {
    loaded.mistakes.push_back({key, line.substr(colon + 2)});
  } else {
    loaded.mistakes.push_back({origin->second, line});
  }
}

class Loader {
 public:
  Loader(const ConfigFlags& flags, const Variables& environment)
      : flags_(flags), environment_(environment) {}

  LoadedConfig run() {
    if (const auto* data = find("LECTERN_DATA")) loaded_.config.data = *data;
    if (flags_.config_file) {
      read_file(*flags_.config_file);
    } else if (const auto* file = find("LECTERN_CONFIG")) {
      read_file(*file);
    }
    read_environment();
    read_secrets();
    read_flags();
    choose_redis();
    if (loaded_.config.data.empty()) add("--data", "needs a directory");
    check_together();
    return std::move(loaded_);
  }

 private:
  void add(std::string where, std::string what) {
    loaded_.mistakes.push_back({std::move(where), std::move(what)});
  }

  const std::string* find(std::string_view name) const {
    for (const auto& [known, value] : environment_) {
      if (known == name) return &value;
    }
    return nullptr;
  }

  static std::optional<std::string> contents(const std::string& file, std::string& problem) {
    errno = 0;
    if (std::error_code ignored; std::filesystem::is_directory(file, ignored)) errno = EISDIR;
    std::ifstream stream(file, std::ios::binary);
    if (errno == EISDIR || !stream.is_open()) {
      problem = std::string("cannot be read: ") + std::strerror(errno);
      return std::nullopt;
    }
    std::string text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
    return text;
  }

  void read_file(const std::string& file) {
    std::string problem;
    const auto text = contents(file, problem);
    if (!text) return add(file, problem);
    read_toml(*text, file, loaded_);
  }

  void set(const std::string& where, const ConfigKey& key, std::string_view text) {
    const auto value = setting_of(key.kind, text);
    if (!value) {
      return add(where, key.kind == Kind::boolean ? "must be true or false" : "must be an integer");
    }
    loaded_.origins[std::string(key.section) + "." + std::string(key.name)] = where;
    if (auto problem = key.set(loaded_.config, *value); !problem.empty()) {
      add(where, std::move(problem));
    }
  }

  void read_environment() {
    constexpr std::string_view kPrefix = "LECTERN_";
    for (const auto& [name, value] : environment_) {
      if (!name.starts_with(kPrefix)) continue;
      const auto rest = lower_case(std::string_view(name).substr(kPrefix.size()));
      for (const auto& section : config_sections()) {
        const auto prefix = std::string(section.name) + "_";
        if (!rest.starts_with(prefix)) continue;
        read_variable(name, value, section.name, rest.substr(prefix.size()));
      }
    }
  }

  void read_variable(const std::string& variable, const std::string& value,
                     std::string_view section, const std::string& name) {
    if (section == "limits") return set_limit(variable, name, value, loaded_);
    if (section == "roles") return set_role(variable, name, value, loaded_);
    if (const auto* key = find_config_key(section, name)) return set(variable, *key, value);
    add(variable, unknown_key(section, name));
  }

  // The secret of that name, or what the file named by <name>_FILE holds.
  std::optional<std::string> secret(const std::string& name) {
    const auto* value = find(name);
    const auto* file = find(name + "_FILE");
    if (value != nullptr && file != nullptr) {
      add(name, "is set, and so is " + name + "_FILE: set one of them");
    }
    if (value != nullptr) return *value;
    if (file == nullptr) return std::nullopt;
    std::string problem;
    auto text = contents(*file, problem);
    if (!text) {
      add(name + "_FILE", *file + " " + problem);
      return std::nullopt;
    }
    if (text->ends_with('\n')) text->pop_back();
    if (text->ends_with('\r')) text->pop_back();
    return text;
  }

  void read_secrets() {
    auto& auth = loaded_.config.auth;
    for (const auto& [name, field] : {std::pair("JWT_ACCESS_SECRET", &auth.access_secret),
                                      std::pair("JWT_REFRESH_SECRET", &auth.refresh_secret)}) {
      const auto value = secret(name);
      if (!value) continue;
      if (const char* weakness = identity::weakness_of_secret(*value)) {
        add(name, weakness);
      } else {
        *field = *value;
      }
    }
    auth.admin_password = secret("LECTERN_ADMIN_PASSWORD");
    // Empty is how a compose file writes that it is not set.
    if (auth.admin_password && auth.admin_password->empty()) auth.admin_password.reset();
  }

  void read_flags() {
    auto& config = loaded_.config;
    if (flags_.data) config.data = *flags_.data;
    if (flags_.web) config.web = *flags_.web;
    if (flags_.threads) set("--threads", *find_config_key("server", "threads"), *flags_.threads);
    if (flags_.redis) set("--redis", *find_config_key("redis", "url"), *flags_.redis);
    if (!flags_.listen.empty()) {
      auto problem = find_config_key("server", "listen")->set(config, flags_.listen);
      if (!problem.empty()) add("--listen", std::move(problem));
    }
  }

  // An address implies the engine; the engine without an address takes the one that existing
  // deployments give. Those variables alone change nothing.
  void choose_redis() {
    auto& config = loaded_.config;
    if (!config.redis.url.empty() && (flags_.redis || !loaded_.origins.contains("store.engine")))
      config.store.engine = Config::StoreEngine::redis;
    const bool chosen = config.store.engine == Config::StoreEngine::redis;
    if (!chosen && !config.redis.url.empty())
      add_for_key(loaded_, "redis.url: needs store.engine = \"redis\"");
    if (!chosen || !config.redis.url.empty()) return;
    const auto* host = find("REDIS_HOST");
    const auto* port = find("REDIS_PORT");
    const auto name = host != nullptr && !host->empty() ? *host : "127.0.0.1";
    const bool is_ipv6 = name.find(':') != name.npos && !name.starts_with('[');
    config.redis.url = "redis://" + (is_ipv6 ? '[' + name + ']' : name);
    if (port != nullptr && !port->empty()) config.redis.url += ':' + *port;
    if (!redis::parse_url(config.redis.url))
      add(host != nullptr ? "REDIS_HOST" : "REDIS_PORT", "gives no address of a Redis");
  }

  void check_together() {
    const auto& config = loaded_.config;
    for (const auto& problem : problems_of_provider(config)) {
      const auto origin = loaded_.origins.find("auth.jwks");
      add(origin == loaded_.origins.end() ? "auth.jwks" : origin->second, problem);
    }
    for (const auto& line : unavailable_features(config)) add_for_key(loaded_, line);
    const auto& server = config.server;
    if (!server.tls_cert.empty() && server.tls_key.empty()) {
      add_for_key(loaded_, "server.tls_cert: needs server.tls_key, its private key");
    }
    if (!server.tls_key.empty() && server.tls_cert.empty()) {
      add_for_key(loaded_, "server.tls_key: needs server.tls_cert, its certificate");
    }
    if (server.proxy_protocol && server.trusted_proxies.empty()) {
      add_for_key(loaded_, "server.proxy_protocol: needs server.trusted_proxies, who may speak it");
    }
    for (const auto& rule : gate::default_rules()) {
      const auto* given = rule.events.empty() ? gate::find_rule(config.limits, rule.name) : nullptr;
      if (!given || (given->scope == rule.scope && given->events.empty())) continue;
      add("limits." + rule.name, "counts no events, and its scope is always \"" +
                                     std::string(gate::name_of(rule.scope)) + "\"");
    }
    if (config.memory.hard_limit_mb != 0 &&
        config.memory.hard_limit_mb < config.memory.soft_limit_mb) {
      add("memory.hard_limit_mb", "must not be less than memory.soft_limit_mb");
    }
  }

  const ConfigFlags& flags_;
  const Variables& environment_;
  LoadedConfig loaded_;
};

// A generated one would be another for each node.
void require_secrets(LoadedConfig& loaded) {
  const auto& config = loaded.config;
  if (config.store.engine != Config::StoreEngine::redis) return;
  const auto require = [&](const std::string& secret, const char* name) {
    if (!secret.empty()) return;
    loaded.mistakes.push_back(
        {name, "must be set with store.engine = \"redis\": all nodes need the same"});
  };
  if (config.auth.keys.empty()) require(config.auth.access_secret, "JWT_ACCESS_SECRET");
  require(config.auth.refresh_secret, "JWT_REFRESH_SECRET");
}

// The file that is wrong stands beside the line that names the directory.
void read_own_events(LoadedConfig& loaded) {
  const auto& directory = loaded.config.schemas_directory;
  if (directory.empty()) return;
  std::vector<std::string> problems;
  loaded.config.own_events = gate::OwnEvents::read(directory, problems);
  for (const auto& problem : problems) add_for_key(loaded, "schemas.directory: " + problem);
}

}  // namespace

std::string summary_of(const std::vector<Mistake>& mistakes) {
  auto line = mistakes.front().line();
  if (const auto more = mistakes.size() - 1; more > 0) {
    line += " (and " + std::to_string(more) + " more: see lectern check-config)";
  }
  return line;
}

Variables environment_of_program() {
  Variables all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const auto equals = text.find('=');
    if (equals != text.npos) {
      all.emplace_back(text.substr(0, equals), text.substr(equals + 1));
    }
  }
  return all;
}

LoadedConfig load_config(const ConfigFlags& flags, const Variables& environment) {
  return Loader(flags, environment).run();
}

LoadedConfig load_serve_config(const ConfigFlags& flags, const Variables& environment) {
  auto loaded = load_config(flags, environment);
  require_secrets(loaded);
  read_own_events(loaded);
  const auto& server = loaded.config.server;
  if (server.tls_cert.empty() || server.tls_key.empty()) return loaded;
  if (const auto mistake = TlsOptions{server.tls_cert, server.tls_key}.mistake()) {
    add_for_key(loaded, "server." + *mistake);
  }
  return loaded;
}

}  // namespace lectern::app
