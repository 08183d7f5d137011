#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <lectern/log_sink.h>
#include <lectern/server.h>

#include "app/admission.h"
#include "app/audit_trail.h"
#include "app/auth_pool.h"
#include "app/callers.h"
#include "app/environment.h"
#include "app/gateway.h"
#include "app/live_sockets.h"
#include "app/pipeline.h"
#include "identity/authenticator.h"
#include "identity/memory_store.h"
#include "identity/revocations.h"
#include "identity/roles.h"
#include "identity/token.h"

namespace lectern::property {

class Silence final : public LogSink {
 public:
  bool enabled(Level) const noexcept override { return false; }
  void write(Level, std::string_view) noexcept override {}
};

// The classroom on two shards over a log that is given: what the server is without accounts, HTTP
// and files. Reads the log, listens on a free port of 127.0.0.1; the destructor ends it at once, as
// a crash would, except that the answers of the log are waited for by the caller.
class ClassroomNode {
 public:
  explicit ClassroomNode(events::EventLog& log);
  ~ClassroomNode();
  ClassroomNode(const ClassroomNode&) = delete;
  ClassroomNode& operator=(const ClassroomNode&) = delete;

  std::uint16_t port() const { return port_; }

  // Ends every connection and thread. The log may still answer afterwards, until destruction.
  void stop();

 private:
  app::Config config_;
  Silence sink_;
  identity::Roles roles_;
  identity::Tokens tokens_;
  identity::Revocations revocations_;
  identity::Authenticator authenticator_;
  app::TrustedProxies proxies_;
  app::Callers callers_;
  app::JoinCodes codes_;
  app::Counters counters_;
  ServerClock clock_;
  app::Admission admission_;
  app::AuthPool pool_;
  identity::MemoryStore accounts_;
  app::AuditTrail audit_{accounts_};
  std::unique_ptr<Server> server_;
  std::optional<app::Environment> environment_;
  std::optional<app::Pipeline> pipeline_;
  std::optional<app::LiveSockets> live_;
  std::optional<app::Gateway> gateway_;
  std::uint16_t port_ = 0;
};

// A token that every node takes.
std::string token_for(const std::string& user_id, const std::string& role);

}  // namespace lectern::property
