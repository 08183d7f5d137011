#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <lectern/server.h>

#include "app/audit_trail.h"
#include "app/auth_service.h"
#include "app/callers.h"
#include "app/connection_list.h"
#include "app/control.h"
#include "app/environment.h"
#include "app/gateway.h"
#include "app/http_api.h"
#include "app/live_sockets.h"
#include "app/log.h"
#include "app/pipeline.h"
#include "app/provider_keys.h"
#include "events/memory_log.h"
#include "identity/authenticator.h"
#include "identity/memory_store.h"
#include "redis_store/redis_accounts.h"
#include "redis_store/redis_log.h"
#include "store/data_directory.h"
#include "store/store.h"

namespace lectern::app {

// The whole server: what there is, in the order in which it depends on each other. One thread
// constructs, starts, drains and stops it.
class Application {
 public:
  // Locks the data directory and reads everything that the log holds. Throws what serve() throws.
  Application(const Config& config, LogSink& sink);
  ~Application();
  Application(const Application&) = delete;
  Application& operator=(const Application&) = delete;

  // Creates the administrator where there is none. The password, when it was generated.
  std::optional<std::string> create_administrator();

  // Listens. The endpoints with their real ports.
  std::vector<Endpoint> start();

  // Takes the new limits, certificate, keys and secrets over; live connections stay. `config` is
  // without mistakes. Throws std::runtime_error, and nothing has changed, when the certificate, a
  // key or a secret cannot be used. A provider's keys that cannot be read stay, with a line that
  // says so.
  void reload(const Config& config);

  // Takes no more connections and no more logins by socket, tells every client when to come back,
  // and closes the connections one after the other over `period`.
  void begin_drain(std::chrono::milliseconds period);
  bool drained() const;  // no connection and nothing on its way to the disk is left

  // Ends all threads and closes the store; everything that was acknowledged is in its main file.
  void stop();

 private:
  struct Stores {  // one or the other, as `store.engine` says
    std::optional<store::Store> sqlite;
    std::optional<HeldLog> redis_sink;  // says nothing before the start
    std::optional<redis::RedisLog> redis_log;
    std::optional<redis::RedisAccounts> redis_accounts;
    std::optional<events::MemoryLog> memory_log;
    std::optional<identity::MemoryStore> memory_accounts;

    Stores(const Config& config, const store::DataDirectory& directory, LogSink& sink);
    events::EventLog& log();
    identity::AccountStore& accounts();
  };

  void replay();
  void look_after();  // once a minute: forgets what has expired
  void check_memory();
  void shed();
  std::string not_ready() const;
  void write_metrics(std::string& out) const;

  std::uint64_t replayed_ = 0;       // events read from the log
  unsigned pressure_ = 0;            // checks in a row that found the soft limit passed
  std::uint64_t next_position_ = 0;  // the first that was not
  const Config config_;
  LogSink& sink_;
  store::DataDirectory directory_;
  Stores stores_;
  identity::Roles roles_;
  std::optional<identity::Tokens> tokens_;
  identity::Revocations revocations_;
  std::optional<identity::Accounts> accounts_;
  std::optional<identity::Provider> provider_;
  std::optional<ProviderKeys> provider_keys_;  // when there is a provider
  std::optional<identity::Authenticator> authenticator_;
  TrustedProxies proxies_;
  std::optional<Callers> callers_;
  JoinCodes codes_;
  Counters counters_;
  ServerClock clock_;
  Admission admission_;
  AuditTrail audit_;
  AuthPool hashing_;
  AuthPool pool_;
  WebFiles web_;
  std::unique_ptr<Server> server_;
  std::optional<Environment> environment_;
  std::optional<Pipeline> pipeline_;
  std::optional<LiveSockets> live_;
  std::optional<ConnectionList> connections_;
  std::optional<AuthService> auth_;
  std::optional<HttpApi> api_;
  std::optional<Gateway> gateway_;
  std::optional<ControlServer> control_;
  std::unique_ptr<events::Subscription> feed_;  // of a log that others append to as well
};

}  // namespace lectern::app
