#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <lectern/log_sink.h>
#include <lectern/options.h>

#include "gate/own_events.h"
#include "gate/policy.h"
#include "identity/provider.h"

namespace lectern::app {

// Everything that an operator can set, with the defaults. config_keys.h has the table of the keys
// and what they mean; load_config() fills this in. A value; immutable once the server runs.
struct Config {
  struct Server {
    std::vector<Endpoint> listen = {{"0.0.0.0", 8080, false}};
    std::vector<Endpoint> internal_listen = {{"127.0.0.1", 8081, true}};  // metrics, health
    unsigned threads = 0;  // shards; 0: as many as there are cores
    std::string tls_cert;  // both or none
    std::string tls_key;
    std::vector<std::string> trusted_proxies;  // addresses or CIDR blocks
    bool proxy_protocol = false;               // of trusted_proxies
    std::vector<std::string> allowed_origins;  // empty: the same origin; "*": every origin
    std::string base_path = "/";               // else without a slash at its end
    std::int64_t drain_ms = 5000;
  };

  struct Engine {
    std::int64_t ping_interval_ms = 30000;
    std::int64_t ping_timeout_ms = 30000;
    std::int64_t connect_timeout_ms = 45000;
    std::int64_t upgrade_timeout_ms = 10000;
    std::int64_t max_payload_bytes = 1'000'000;
    bool polling = true;  // transports
    bool websocket = true;
    bool compression = false;
    bool allow_eio3 = false;
    std::int64_t recovery_ms = 120000;
    std::int64_t send_queue_bytes = 1048576;
    SendPath send_path = SendPath::automatic;
    std::int64_t max_connections = 100'000;
  };

  enum class StoreEngine { sqlite, memory, redis };
  struct Store {
    StoreEngine engine = StoreEngine::sqlite;
    std::int64_t sync_interval_ms = 0;  // durability: 0 is "sync", else "interval:<ms>"
    std::string retention = "forever";  // others are not available
  };

  struct Redis {
    std::string url;  // checked; empty unless store.engine is redis
    std::string prefix;
    std::string adapter_key = "socketio";
    std::int64_t requests_timeout_ms = 5000;
  };

  struct Auth {
    std::string issuer = "edtech-platform";
    std::string audience = "webapp";
    std::int64_t access_ttl_s = 900;
    std::int64_t refresh_ttl_s = 604800;
    std::vector<std::string> keys;  // files; empty: the secret signs
    std::string jwks;               // file or URL; empty: no provider
    std::int64_t jwks_refresh_s = 300;
    identity::ProviderRules provider;  // of the tokens that those keys sign
    bool guests = true;
    // From the environment or files named there, never from the configuration file and never
    // printed. Empty: generated on the first start; see secrets.h.
    std::string access_secret;
    std::string refresh_secret;
    std::optional<std::string> admin_password;
  };

  struct Rooms {
    std::int64_t history = 1000;  // messages kept in memory and returned by a join
    std::int64_t history_age_ms = 1800000;
    std::int64_t shard_above = 1000;
    std::int64_t shards = 10;
    std::int64_t max_members = 0;  // 0: no limit
  };

  struct Memory {
    std::int64_t soft_limit_mb = 500;
    std::int64_t hard_limit_mb = 0;  // 0: that of the control group
    std::int64_t check_ms = 30000;
  };

  enum class LogFormat { text, json };
  struct Log {
    Level level = Level::info;
    LogFormat format = LogFormat::text;
  };

  std::string data = "./data";  // the data directory
  // The web application: a directory, "off", or empty for the one beside the executable.
  std::string web;

  Server server;
  Engine engine;
  Store store;
  Redis redis;
  Auth auth;
  // Roles that the configuration changed or added; identity::Roles has the others.
  std::vector<std::pair<std::string, std::vector<std::string>>> roles;
  std::vector<gate::Rule> limits = gate::default_rules();  // complete
  std::string schemas_directory;
  // What stood there when the configuration was loaded; null without a directory.
  std::shared_ptr<const gate::OwnEvents> own_events;
  Rooms rooms;
  Memory memory;
  Log log;
};

}  // namespace lectern::app
