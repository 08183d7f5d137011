#include "app/config_keys.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "app/config_kinds.h"
#include "redis/url.h"

namespace lectern::app {
namespace {

using Kind = ConfigKey::Kind;

constexpr std::int64_t kHourMs = 3'600'000;
constexpr std::int64_t kYearS = 31'536'000;
constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();

ConfigKey threads() {
  return {"server",
          "threads",
          "Threads that serve connections. 0: as many as there are cores.",
          Kind::integer,
          [](Config& config, const Setting& value) -> std::string {
            const auto number = std::get<std::int64_t>(value);
            if (number < 0 || number > 256) return "must be between 0 and 256";
            config.server.threads = static_cast<unsigned>(number);
            return {};
          },
          [](const Config& config) { return std::int64_t{config.server.threads}; }};
}

// Only characters that mean the same in an address, in HTML and in a shell.
bool is_base_path(std::string_view path) {
  constexpr std::string_view kTaken =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/";
  if (!path.starts_with('/') || path.find_first_not_of(kTaken) != path.npos) return false;
  const std::string closed = std::string(path) + '/';
  return closed.find("//") == closed.npos && closed.find("/./") == closed.npos &&
         closed.find("/../") == closed.npos;
}

ConfigKey base_path() {
  return {"server",
          "base_path",
          "Path in front of everything on `listen`, as \"/lectern\"; internal_listen has none.",
          Kind::text,
          [](Config& config, const Setting& value) -> std::string {
            std::string given = std::get<std::string>(value);
            if (given.ends_with('/')) given.pop_back();
            if (!given.empty() && !is_base_path(given)) {
              return "must be \"/\" or a path like \"/lectern\", of letters, digits and -._~";
            }
            config.server.base_path = given.empty() ? "/" : given;
            return {};
          },
          [](const Config& config) { return config.server.base_path; }};
}

ConfigKey transports() {
  return {"engine",
          "transports",
          "How clients may connect: \"polling\", \"websocket\" or both.",
          Kind::list,
          [](Config& config, const Setting& value) -> std::string {
            bool polling = false;
            bool websocket = false;
            for (const auto& one : std::get<Strings>(value)) {
              if (one != "polling" && one != "websocket") {
                return "\"" + one + "\" must be \"polling\" or \"websocket\"";
              }
              (one == "polling" ? polling : websocket) = true;
            }
            if (!polling && !websocket) return "needs at least one transport";
            config.engine.polling = polling;
            config.engine.websocket = websocket;
            return {};
          },
          [](const Config& config) {
            Strings shown;
            if (config.engine.polling) shown.emplace_back("polling");
            if (config.engine.websocket) shown.emplace_back("websocket");
            return shown;
          }};
}

ConfigKey durability() {
  return {
      "store",
      "durability",
      "When a message counts as kept. \"sync\": when it is on disk. \"interval:<ms>\": at once,\n"
      "while the disk is synced every so many milliseconds; that much may be lost in a failure of "
      "power.",
      Kind::text,
      [](Config& config, const Setting& value) -> std::string {
        constexpr std::string_view kInterval = "interval:";
        std::string_view given = std::get<std::string>(value);
        if (given == "sync") {
          config.store.sync_interval_ms = 0;
          return {};
        }
        const char* const problem = "must be \"sync\" or \"interval:<ms>\" with 1 to 60000 ms";
        if (!given.starts_with(kInterval)) return problem;
        given.remove_prefix(kInterval.size());
        if (given.empty() || given.size() > 5 ||
            given.find_first_not_of("0123456789") != given.npos) {
          return problem;
        }
        const auto ms = std::stoll(std::string(given));
        if (ms < 1 || ms > 60000) return problem;
        config.store.sync_interval_ms = ms;
        return {};
      },
      [](const Config& config) {
        const auto ms = config.store.sync_interval_ms;
        return ms == 0 ? std::string("sync") : "interval:" + std::to_string(ms);
      }};
}

#define FIELD(member) ([](Config & config) -> auto& { return config.member; })

void add_server(std::vector<ConfigKey>& keys) {
  keys.push_back(endpoints("listen", false, FIELD(server.listen),
                           "Addresses to listen on. Port 0 takes a free port."));
  keys.push_back(endpoints("internal_listen", true, FIELD(server.internal_listen),
                           "Where metrics and health are served, apart from the public. \"off\": "
                           "nowhere."));
  keys.push_back(threads());
  keys.push_back(text("server", "tls_cert", FIELD(server.tls_cert),
                      "File with the certificate chain, PEM: the server speaks https and wss. Read "
                      "again on SIGHUP."));
  keys.push_back(text("server", "tls_key", FIELD(server.tls_key),
                      "File with its private key, PEM, without a passphrase."));
  keys.push_back(list("server", "trusted_proxies", FIELD(server.trusted_proxies),
                      "Addresses or CIDR blocks of proxies whose X-Forwarded-For is believed."));
  keys.push_back(boolean("server", "proxy_protocol", FIELD(server.proxy_protocol),
                         "Connections of trusted_proxies begin with a PROXY protocol header, "
                         "version 1 or 2."));
  keys.push_back(list("server", "allowed_origins", FIELD(server.allowed_origins),
                      "Origins whose pages may connect. Empty: the server's own. \"*\": all."));
  keys.push_back(base_path());
  keys.push_back(integer("server", "drain_ms", 0, 600'000, FIELD(server.drain_ms),
                         "How long a stop takes to send clients away, in milliseconds."));
}

void add_engine(std::vector<ConfigKey>& keys) {
  keys.push_back(integer("engine", "ping_interval_ms", 10, kHourMs, FIELD(engine.ping_interval_ms),
                         "The server pings every connection this often."));
  keys.push_back(
      integer("engine", "ping_timeout_ms", 10, kHourMs, FIELD(engine.ping_timeout_ms),
              "Without a sign of life for so long after a ping a connection is closed."));
  keys.push_back(integer("engine", "connect_timeout_ms", 10, kHourMs,
                         FIELD(engine.connect_timeout_ms),
                         "How long a connection may take to show its token."));
  keys.push_back(integer("engine", "upgrade_timeout_ms", 10, kHourMs,
                         FIELD(engine.upgrade_timeout_ms),
                         "How long an upgrade from polling to WebSocket may take."));
  keys.push_back(integer("engine", "max_payload_bytes", 1000, 1 << 30,
                         FIELD(engine.max_payload_bytes),
                         "The largest message or request body that is accepted."));
  keys.push_back(transports());
  keys.push_back(boolean("engine", "compression", FIELD(engine.compression),
                         "Compresses WebSocket messages for clients that offer it (RFC 7692)."));
  keys.push_back(boolean("engine", "allow_eio3", FIELD(engine.allow_eio3),
                         "Clients of Socket.IO 2 as well; they send their token as the query's "
                         "\"token\"."));
  keys.push_back(integer("engine", "recovery_ms", 0, 24 * kHourMs, FIELD(engine.recovery_ms),
                         "How long a client may come back after a broken connection and get "
                         "what it missed; 0 is not at all."));
  keys.push_back(integer("engine", "send_queue_bytes", 1024, 1 << 30,
                         FIELD(engine.send_queue_bytes),
                         "A client that leaves more than this unread is disconnected."));
  keys.push_back(word<SendPath>(
      "engine", "send_path", {"automatic", "io_uring", "one_by_one"}, FIELD(engine.send_path),
      "How sends reach the kernel: many in one system call where io_uring is to be had, or one "
      "by one."));
  keys.push_back(integer("engine", "max_connections", 1, 10'000'000, FIELD(engine.max_connections),
                         "Connections in all; more are refused."));
}

ConfigKey redis_url() {
  auto key =
      text("redis", "url", FIELD(redis.url),
           "redis://[[user]:password@]host[:port][/database], rediss:// with TLS. Sets\n"
           "store.engine = \"redis\". Left out with that engine: REDIS_HOST and REDIS_PORT.");
  key.set = [set = key.set](Config& config, const Setting& value) -> std::string {
    const auto& url = std::get<std::string>(value);
    if (!url.empty() && !redis::parse_url(url))
      return "must be redis:// or rediss://[[user]:password@]host[:port][/database]";
    return set(config, value);
  };
  return key;
}

void add_store(std::vector<ConfigKey>& keys) {
  keys.push_back(word<Config::StoreEngine>(
      "store", "engine", {"sqlite", "memory", "redis"}, FIELD(store.engine),
      "\"sqlite\": in the data directory. \"memory\": everything ends with the server.\n"
      "\"redis\": in Redis; how durable that is, Redis's own configuration says."));
  keys.push_back(durability());
  keys.push_back(text("store", "retention", FIELD(store.retention),
                      "How long events are kept. Others than \"forever\" are not available in this "
                      "version."));
  keys.push_back(redis_url());
  keys.push_back(
      text("redis", "prefix", FIELD(redis.prefix), "Stands before every key and channel."));
  keys.push_back(text("redis", "adapter_key", FIELD(redis.adapter_key),
                      "Stands before the Socket.IO adapter's channels."));
  keys.push_back(integer("redis", "requests_timeout_ms", 10, kHourMs,
                         FIELD(redis.requests_timeout_ms),
                         "How long other nodes may take to answer."));
}

void add_auth(std::vector<ConfigKey>& keys) {
  keys.push_back(not_empty(text("auth", "issuer", FIELD(auth.issuer), "`iss` of every token.")));
  keys.push_back(
      not_empty(text("auth", "audience", FIELD(auth.audience), "`aud` of every token.")));
  keys.push_back(integer("auth", "access_ttl_s", 1, kYearS, FIELD(auth.access_ttl_s),
                         "How long an access token is valid, in seconds."));
  keys.push_back(integer("auth", "refresh_ttl_s", 1, 10 * kYearS, FIELD(auth.refresh_ttl_s),
                         "How long a refresh token is valid, in seconds."));
  keys.push_back(list("auth", "keys", FIELD(auth.keys),
                      "Files of keys in PEM: RSA, P-256 or Ed25519. All of them verify access\n"
                      "tokens, the first private one signs. Empty: the secret does both. Read\n"
                      "again on SIGHUP."));
  keys.push_back(
      boolean("auth", "guests", FIELD(auth.guests), "Whether a join code lets people in by name."));
}

void add_provider(std::vector<ConfigKey>& keys) {
  keys.push_back(
      text("auth", "jwks", FIELD(auth.jwks),
           "File or https URL of an identity provider's JWK set. Its tokens count too."));
  keys.push_back(integer("auth", "jwks_refresh_s", 10, kYearS, FIELD(auth.jwks_refresh_s),
                         "How long its keys are kept before they are read again, in seconds."));
  keys.push_back(text("auth", "jwks_issuer", FIELD(auth.provider.issuer), "`iss` of its tokens."));
  keys.push_back(
      text("auth", "jwks_audience", FIELD(auth.provider.audience), "`aud` of its tokens."));
  keys.push_back(text("auth", "jwks_user_claim", FIELD(auth.provider.user_claim),
                      "Claim that says who the user is; dots lead into objects."));
  keys.push_back(text("auth", "jwks_name_claim", FIELD(auth.provider.name_claim),
                      "Claim with the name that others see."));
  keys.push_back(text("auth", "jwks_role_claim", FIELD(auth.provider.role_claim),
                      "Claim with a role, or with a list whose first known role counts."));
  keys.push_back(text("auth", "jwks_permissions_claim", FIELD(auth.provider.permissions_claim),
                      "Claim with permissions, as a list or words; empty: those of the role."));
  keys.push_back(text("auth", "jwks_default_role", FIELD(auth.provider.default_role),
                      "Role of users without a known one; empty: they may do nothing."));
}

void add_classroom(std::vector<ConfigKey>& keys) {
  keys.push_back(text("schemas", "directory", FIELD(schemas_directory),
                      "JSON Schema files, one for each event of your own (docs/own-events.md)."));
  keys.push_back(integer("rooms", "history", 0, 100'000, FIELD(rooms.history),
                         "Messages that are kept in memory and that a join returns."));
  keys.push_back(integer("rooms", "history_age_ms", 0, kMost * 100, FIELD(rooms.history_age_ms),
                         "Older messages leave the memory; the store still has them."));
  keys.push_back(integer("rooms", "shard_above", 1, kMost, FIELD(rooms.shard_above),
                         "Members above which a room counts as large."));
  keys.push_back(
      integer("rooms", "shards", 1, 1024, FIELD(rooms.shards), "Parts of a large room."));
  keys.push_back(integer("rooms", "max_members", 0, kMost, FIELD(rooms.max_members),
                         "Members of one room at most. 0: no limit."));
  keys.push_back(
      integer("memory", "soft_limit_mb", 0, kMost, FIELD(memory.soft_limit_mb),
              "Above this, or 80 % of the control group's limit, history leaves the memory. "
              "0: never."));
  keys.push_back(
      integer("memory", "hard_limit_mb", 0, kMost, FIELD(memory.hard_limit_mb),
              "Above this, connections are refused. 0: above 95 % of the control group's "
              "limit, where there is one."));
  keys.push_back(integer("memory", "check_ms", 10, kHourMs, FIELD(memory.check_ms),
                         "How often the limits are looked at."));
  keys.push_back(word<Level>("log", "level", {"trace", "debug", "info", "warning", "error"},
                             FIELD(log.level), "trace, debug, info, warning or error."));
  keys.push_back(word<Config::LogFormat>("log", "format", {"text", "json"}, FIELD(log.format),
                                         "\"text\" or \"json\"."));
}

#undef FIELD

constexpr ConfigSection kSections[] = {
    {"server", "Where the server listens, and for whom."},
    {"engine", "The connections: Engine.IO over polling and WebSocket."},
    {"store", "Where events and accounts are kept."},
    {"redis", "Several nodes that work as one."},
    {"auth",
     "Tokens. Secrets are no part of this file: JWT_ACCESS_SECRET and JWT_REFRESH_SECRET\n"
     "(or …_FILE) set them, otherwise they are generated in the data directory."},
    {"roles", "What each role may do. A table of a role replaces that role whole."},
    {"limits",
     "How much is too much: at most `max` of `events` in any `window_ms`, counted by\n"
     "`scope`. A table of a rule replaces that rule whole; `max = 0` switches it off."},
    {"schemas", "Events of your own."},
    {"rooms", "Rooms and their history."},
    {"memory", "What happens when memory runs out."},
    {"log", "What is logged, on standard error."},
};

}  // namespace

std::span<const ConfigSection> config_sections() { return kSections; }

std::span<const ConfigKey> config_keys() {
  static const auto keys = [] {
    std::vector<ConfigKey> all;
    add_server(all);
    add_engine(all);
    add_store(all);
    add_auth(all);
    add_provider(all);
    add_classroom(all);
    return all;
  }();
  return keys;
}

const ConfigKey* find_config_key(std::string_view section, std::string_view name) {
  for (const auto& key : config_keys()) {
    if (key.section == section && key.name == name) return &key;
  }
  return nullptr;
}

std::vector<std::string> unavailable_features(const Config& config) {
  std::vector<std::string> lines;
  const auto refuse_if = [&](bool asked, const char* what) {
    if (asked) lines.push_back(std::string(what) + " is not available in this version");
  };
  refuse_if(config.store.retention != "forever", "store.retention: another value than \"forever\"");
  return lines;
}

}  // namespace lectern::app
