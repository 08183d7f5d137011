#include "app/application.h"

#include <malloc.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <thread>
#include <utility>

#include "app/memory_limits.h"
#include "app/secrets.h"
#include "app/serve.h"
#include "identity/password.h"

namespace lectern::app {
namespace {

constexpr std::chrono::minutes kLookAfter{1};
constexpr std::chrono::milliseconds kLastWords{500};  // for what is still queued at the end
// A class that comes in at once, or all of its tokens that expire together, wait here.
constexpr unsigned kDiskThreads = 4;
constexpr std::size_t kDiskQueue = 4096;
constexpr std::size_t kRecoveryBytes = std::size_t{16} * 1024 * 1024;
constexpr std::chrono::seconds kRedisStart{5};        // for Redis to be there
constexpr std::chrono::milliseconds kTrimDelay{100};  // the shards have shed by then

std::optional<TlsOptions> tls_of(const Config& config) {
  if (config.server.tls_cert.empty()) return std::nullopt;
  return TlsOptions{config.server.tls_cert, config.server.tls_key};
}

Options options_of(const Config& config, const TrustedProxies& proxies, LogSink& sink) {
  using std::chrono::milliseconds;
  Options options;
  options.listen = config.server.listen;
  for (auto endpoint : config.server.internal_listen) {
    endpoint.internal = true;
    options.listen.push_back(std::move(endpoint));
  }
  const auto cores = std::max(1U, std::thread::hardware_concurrency());
  options.threads = config.server.threads ? config.server.threads : cores;
  if (config.server.base_path != "/") options.path = config.server.base_path + options.path;
  options.ping_interval = milliseconds(config.engine.ping_interval_ms);
  options.ping_timeout = milliseconds(config.engine.ping_timeout_ms);
  options.connect_timeout = milliseconds(config.engine.connect_timeout_ms);
  options.upgrade_timeout = milliseconds(config.engine.upgrade_timeout_ms);
  options.max_payload = static_cast<std::size_t>(config.engine.max_payload_bytes);
  options.polling = config.engine.polling;
  options.websocket = config.engine.websocket;
  options.allowed_origins = config.server.allowed_origins;
  options.send_queue_bytes = static_cast<std::size_t>(config.engine.send_queue_bytes);
  options.max_connections = static_cast<std::size_t>(config.engine.max_connections);
  options.send_path = config.engine.send_path;
  options.compression = config.engine.compression;
  options.allow_eio3 = config.engine.allow_eio3;
  options.recovery = milliseconds(config.engine.recovery_ms);
  options.recovery_bytes = kRecoveryBytes;
  // A proxy brings many clients; those that have said nothing yet cannot be told apart.
  options.account_of = [&proxies](const std::string& peer,
                                  const std::optional<std::string>& forwarded_for) {
    if (forwarded_for) return limit_key_of(proxies.client_of(peer, *forwarded_for));
    return proxies.trusts(peer) ? std::string() : limit_key_of(peer);
  };
  if (config.server.proxy_protocol)
    options.speaks_proxy_protocol = [&proxies](const std::string& peer) {
      return proxies.trusts(peer);
    };
  options.client_address = [&proxies](const std::string& peer, std::string_view forwarded_for) {
    return proxies.client_of(peer, forwarded_for);
  };
  options.tls = tls_of(config);
  options.log = &sink;
  return options;
}

identity::Roles roles_of(const Config& config) {
  identity::Roles roles;
  for (const auto& [name, permissions] : config.roles) roles.set(name, permissions);
  return roles;
}

WebFiles read_web_files(const Config& config) {
  if (config.web == "off") return {};
  if (!config.web.empty()) return WebFiles::read(config.web);
  std::error_code error;
  const auto executable = std::filesystem::read_symlink("/proc/self/exe", error);
  const auto beside = executable.parent_path() / "web";
  if (error || !std::filesystem::exists(beside / "index.html", error)) return {};
  return WebFiles::read(beside.string());
}

WebFiles web_files_of(const Config& config) {
  auto files = read_web_files(config);
  files.put_under(config.server.base_path);
  return files;
}

void write_redis_metrics(const redis::RedisLog& log, std::string& out) {
  const auto stats = log.stats();
  write_metric(out, "lectern_redis_ready", "gauge",
               "Whether Redis is connected, subscribed and takes appends.",
               log.failure().empty() ? 1 : 0);
  write_metric(out, "lectern_redis_waiting_appends", "gauge", "Appends without an answer.",
               static_cast<double>(stats.waiting));
  write_metric(out, "lectern_redis_appends_total", "counter", "Appends answered.",
               static_cast<double>(stats.appends));
  write_metric(out, "lectern_redis_refused_total", "counter",
               "Appends refused because Redis was away or the queue full.",
               static_cast<double>(stats.refused));
  write_metric(out, "lectern_redis_resent_total", "counter",
               "Appends sent again after a lost connection.", static_cast<double>(stats.resent));
  write_metric(out, "lectern_redis_failed_reads_total", "counter",
               "Reads of the log that Redis did not answer well.",
               static_cast<double>(stats.failed_reads));
}

}  // namespace

Application::Stores::Stores(const Config& config, const store::DataDirectory& directory,
                            LogSink& sink) {
  if (config.store.engine == Config::StoreEngine::redis) {
    redis::RedisLogOptions options;
    options.url = *redis::parse_url(config.redis.url);
    options.prefix = config.redis.prefix;
    const auto where = options.url.host + ':' + std::to_string(options.url.port);
    redis_sink.emplace(sink);
    redis_log.emplace(std::move(options), &*redis_sink);
    if (!redis_log->wait_until_ready(kRedisStart))
      throw StartError("redis at " + where + ": " + redis_log->failure());
    redis::RedisAccountsOptions of_accounts;
    of_accounts.url = *redis::parse_url(config.redis.url);
    of_accounts.prefix = config.redis.prefix;
    redis_accounts.emplace(std::move(of_accounts), /*log=*/nullptr);  // redis_log tells it all
    if (!redis_accounts->wait_until_ready(kRedisStart))
      throw StartError("redis at " + where + ": it does not answer");
  } else if (config.store.engine == Config::StoreEngine::memory) {
    memory_log.emplace();
    memory_accounts.emplace();
  } else {
    store::WriterOptions options;
    options.sync_interval = std::chrono::milliseconds(config.store.sync_interval_ms);
    sqlite.emplace(directory.database_file(), options);
  }
}

events::EventLog& Application::Stores::log() {
  if (redis_log) return *redis_log;
  return sqlite ? sqlite->log() : static_cast<events::EventLog&>(*memory_log);
}

identity::AccountStore& Application::Stores::accounts() {
  if (redis_accounts) return *redis_accounts;
  return sqlite ? sqlite->accounts() : static_cast<identity::AccountStore&>(*memory_accounts);
}

Application::Application(const Config& config, LogSink& sink)
    : config_(config),
      sink_(sink),
      directory_(config.data),
      stores_(config_, directory_, sink_),
      roles_(roles_of(config_)),
      proxies_(config_.server.trusted_proxies),
      admission_(config_.limits),
      audit_(stores_.accounts()),
      pool_(kDiskThreads, kDiskQueue),
      web_(web_files_of(config_)) {
  counters_.rules.know(config_.limits);
  tokens_.emplace(load_token_keys(config_),
                  identity::TokenRules{config_.auth.issuer, config_.auth.audience});
  revocations_.load(stores_.accounts(), wall_clock());
  accounts_.emplace(stores_.accounts(), *tokens_, roles_, revocations_,
                    identity::Lifetimes{config_.auth.access_ttl_s, config_.auth.refresh_ttl_s});
  if (!config_.auth.jwks.empty()) {
    provider_.emplace(config_.auth.provider, roles_, [this] { provider_keys_->wake(); });
    provider_keys_.emplace(*provider_, config_.auth.jwks,
                           std::chrono::seconds(config_.auth.jwks_refresh_s), sink_);
  }
  authenticator_.emplace(*tokens_, roles_, revocations_, provider_ ? &*provider_ : nullptr);
  callers_.emplace(*authenticator_, proxies_);

  server_ = std::make_unique<Server>(options_of(config_, proxies_, sink_));
  environment_.emplace(config_, *server_, stores_.log(), clock_, pool_, audit_, codes_, counters_,
                       sink_);
  pipeline_.emplace(*environment_);
  live_.emplace(*server_, *authenticator_);
  connections_.emplace(*environment_, *live_);
  for (const auto& [account, address] : stores_.accounts().known_addresses()) {
    admission_.know(account, address);
  }
  auth_.emplace(AuthService::Parts{
      *accounts_, roles_, stores_.accounts(), admission_, counters_, audit_, hashing_, pool_,
      codes_, config_.auth.guests,
      [this](const Uuid& room, std::string name, UniqueFunction<void(std::string)> then) {
        pipeline_->claim_name(room, std::move(name), std::move(then));
      },
      [this] { live_->recheck(); }});
  api_.emplace(HttpApi::Parts{*environment_, *pipeline_, *callers_, *tokens_, *auth_, pool_, web_,
                              *connections_, [this] { return not_ready(); },
                              [this](std::string& out) { write_metrics(out); }});
  gateway_.emplace(Gateway::Parts{*environment_, *pipeline_, *callers_, admission_, *live_});
  server_->on_http([this](HttpRequest request, HttpReply reply) {
    api_->answer(std::move(request), std::move(reply));
  });
  gateway_->install();
  replay();
}

Application::~Application() { stop(); }

std::optional<std::string> Application::create_administrator() {
  if (!accounts_->needs_administrator()) return std::nullopt;
  const bool given = config_.auth.admin_password.has_value();
  auto password = given ? *config_.auth.admin_password : identity::generate_password();
  const auto created = accounts_->create_administrator(password, wall_clock(), Uuid::random());
  if (!created) {
    throw StartError("cannot create the administrator: " + created.error().message());
  }
  if (given || !*created) return std::nullopt;
  return password;
}

void Application::replay() {
  std::uint64_t events = 0;
  stores_.log().read_all(0, [&](const events::DomainEvent& event) {
    pipeline_->restore(event);
    next_position_ = event.position + 1;
    ++events;
    return true;
  });
  replayed_ = events;
  if (stores_.redis_log && stores_.redis_log->stats().failed_reads > 0) {
    const auto why = stores_.redis_log->failure();
    throw StartError("the event log in Redis cannot be read: " +
                     (why.empty() ? "Redis went away meanwhile" : why));
  }
}

std::vector<Endpoint> Application::start() {
  control_.emplace(
      directory_.path(), *accounts_, wall_clock, [this](std::string_view) { live_->recheck(); },
      [this](identity::AuditEntry entry) { audit_.record(std::move(entry)); });
  auto endpoints = server_->start();
  sink_.write(Level::info, "started events=" + std::to_string(replayed_));
  pipeline_->start();
  if (stores_.redis_log) {
    stores_.redis_sink->release();
    stores_.redis_accounts->watch(revocations_, [this] { live_->recheck(); });
    feed_ = stores_.redis_log->subscribe(next_position_, [this](const events::DomainEvent& event) {
      pipeline_->learn(event);
      return true;
    });
  }
  live_->watch_expiry();
  server_->run_after(0, kLookAfter, [this] { look_after(); });
  server_->run_after(0, std::chrono::milliseconds(config_.memory.check_ms),
                     [this] { check_memory(); });
  return endpoints;
}

void Application::look_after() {
  const auto now = wall_clock();
  admission_.sweep(now);
  environment_->shared_limits.sweep(environment_->clock.now());
  // A full pool has better things to do; the next minute will do.
  static_cast<void>(pool_.submit([this, now] {
    revocations_.prune(now);
    static_cast<void>(stores_.accounts().prune(now));
  }));
  server_->run_after(0, kLookAfter, [this] { look_after(); });
}

void Application::check_memory() {
  const auto resident = resident_bytes();
  const auto limits = memory_limits(config_.memory, control_group_limit());
  if (limits.soft > 0 && resident > limits.soft) {
    shed();
  } else {
    pressure_ = 0;
  }
  const bool full = limits.hard > 0 && resident > limits.hard;
  if (environment_->full.exchange(full) != full) {
    server_->refuse_sessions(full);
    sink_.write(Level::warning, std::string("memory hard_limit=") + (full ? "reached" : "left"));
  }
  server_->run_after(0, std::chrono::milliseconds(config_.memory.check_ms),
                     [this] { check_memory(); });
}

void Application::shed() {
  if (pressure_++ == 0) sink_.write(Level::warning, "memory soft_limit=reached");
  ++counters_.memory_sheds;
  pipeline_->shed(history_age_under_pressure(config_.rooms.history_age_ms, pressure_));
  // What was freed goes back to the system; that looks at every page, and so runs on no shard.
  server_->run_after(0, kTrimDelay,
                     [this] { static_cast<void>(pool_.submit([] { ::malloc_trim(0); })); });
}

void Application::reload(const Config& config) {
  auto keys = load_token_keys(config);
  // Switching TLS on or off needs a restart.
  const auto tls = tls_of(config);
  if (tls && tls_of(config_)) server_->reload_tls(*tls);
  counters_.rules.know(config.limits);
  tokens_->replace(std::move(keys));
  if (provider_keys_) provider_keys_->reread();
  admission_.replace_rules(config.limits);
  environment_->shared_limits.replace_rules(config.limits);
  pipeline_->replace_rules(config.limits);
  pipeline_->replace_own_events(config.own_events);
}

void Application::begin_drain(std::chrono::milliseconds period) {
  environment_->draining = true;
  server_->stop_accepting();
  live_->send_away(period);
}

bool Application::drained() const {
  if (server_->stats().sockets > 0) return false;
  if (stores_.redis_log && stores_.redis_log->stats().waiting > 0) return false;
  return !stores_.sqlite || stores_.sqlite->stats().queued_events == 0;
}

void Application::stop() {
  if (!server_) return;
  control_.reset();
  feed_.reset();
  if (stores_.redis_accounts) stores_.redis_accounts->unwatch();
  hashing_.stop();
  pool_.stop();
  if (environment_) environment_->stopping = true;
  server_->stop(kLastWords);
  server_.reset();
  audit_.stop();
  if (stores_.redis_accounts) stores_.redis_accounts->close();
  if (stores_.redis_log) stores_.redis_log->close();
  if (stores_.sqlite) stores_.sqlite->close();
}

std::string Application::not_ready() const {
  if (environment_->draining) return "draining";
  if (stores_.redis_log) {
    if (auto why = stores_.redis_log->failure(); !why.empty()) return why;
  }
  if (stores_.sqlite && !stores_.sqlite->writable()) return "the store cannot be written";
  return {};
}

void Application::write_metrics(std::string& out) const {
  write_metric(out, "lectern_resident_bytes", "gauge", "Resident memory of the process.",
               static_cast<double>(resident_bytes()));
  write_metric(out, "lectern_memory_full", "gauge",
               "1 while connections are refused for want of memory.", environment_->full ? 1 : 0);
  write_metric(out, "lectern_auth_waiting", "gauge", "Logins waiting for a thread.",
               static_cast<double>(hashing_.waiting()));
  write_metric(out, "lectern_disk_waiting", "gauge", "Reads and refreshes waiting for a thread.",
               static_cast<double>(pool_.waiting()));
  write_metric(out, "lectern_audit_dropped_total", "counter",
               "Lines that the audit trail could not keep.", static_cast<double>(audit_.dropped()));
  if (provider_keys_) {
    write_metric(out, "lectern_provider_keys", "gauge", "Keys of the identity provider.",
                 static_cast<double>(provider_keys_->keys()));
    write_metric(out, "lectern_provider_failures_total", "counter",
                 "Times that they could not be read.",
                 static_cast<double>(provider_keys_->failures()));
  }
  if (stores_.redis_log) write_redis_metrics(*stores_.redis_log, out);
  if (!stores_.sqlite) return;
  const auto stats = stores_.sqlite->stats();
  write_metric(out, "lectern_store_queued_events", "gauge", "Events on their way to the disk.",
               static_cast<double>(stats.queued_events));
  write_metric(out, "lectern_store_commits_total", "counter", "Transactions committed.",
               static_cast<double>(stats.commits));
  write_metric(out, "lectern_store_events_total", "counter", "Events committed.",
               static_cast<double>(stats.events));
  write_metric(out, "lectern_store_refused_total", "counter",
               "Appends refused because the queue was full.",
               static_cast<double>(stats.refused_appends));
  write_metric(out, "lectern_store_writable", "gauge", "Whether the store can be written.",
               stores_.sqlite->writable() ? 1 : 0);
}

}  // namespace lectern::app
