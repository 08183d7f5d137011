#pragma once

#include <atomic>

#include <lectern/log_sink.h>
#include <lectern/server.h>

#include "app/audit_trail.h"
#include "app/auth_pool.h"
#include "app/config.h"
#include "app/counters.h"
#include "app/join_codes.h"
#include "base/time.h"
#include "events/event_log.h"
#include "gate/shared_limits.h"

namespace lectern::app {

// What the shards of the classroom share. All of it may be used from any thread and outlives them.
struct Environment {
  const Config& config;
  Server& server;
  events::EventLog& log;
  const ServerClock& clock;
  AuthPool& pool;  // for reads that wait for a disk
  AuditTrail& audit;
  JoinCodes& codes;
  Counters& counters;
  LogSink& sink;

  gate::SharedLimits shared_limits;  // of the scopes that no shard owns

  std::atomic<bool> draining{false};  // nobody may connect any more
  std::atomic<bool> full{false};      // nor while this memory limit is passed
  std::atomic<bool> stopping{false};  // the server's threads end: nothing more is posted to them

  Environment(const Config& settings, Server& transport, events::EventLog& event_log,
              const ServerClock& server_clock, AuthPool& auth_pool, AuditTrail& audit_trail,
              JoinCodes& join_codes, Counters& metrics, LogSink& log_sink)
      : config(settings),
        server(transport),
        log(event_log),
        clock(server_clock),
        pool(auth_pool),
        audit(audit_trail),
        codes(join_codes),
        counters(metrics),
        sink(log_sink),
        shared_limits(settings.limits) {}
};

}  // namespace lectern::app
