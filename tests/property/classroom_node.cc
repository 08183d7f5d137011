#include "classroom_node.h"

#include <chrono>

#include "base/uuid.h"

namespace lectern::property {
namespace {

constexpr const char* kAccessSecret = "property-test-access-secret-0123456789";
constexpr const char* kRefreshSecret = "property-test-refresh-secret-012345678";

app::Config without_limits() {
  app::Config config;
  config.limits.clear();
  config.rooms.history = 100'000;
  return config;
}

Options two_shards(LogSink& sink) {
  Options options;
  options.listen = {{"127.0.0.1", 0, false}};
  options.threads = 2;
  options.log = &sink;
  return options;
}

}  // namespace

ClassroomNode::ClassroomNode(events::EventLog& log)
    : config_(without_limits()),
      tokens_(kAccessSecret, kRefreshSecret, {}),
      authenticator_(tokens_, roles_, revocations_),
      callers_(authenticator_, proxies_),
      admission_(config_.limits),
      server_(std::make_unique<Server>(two_shards(sink_))) {
  environment_.emplace(config_, *server_, log, clock_, pool_, audit_, codes_, counters_, sink_);
  pipeline_.emplace(*environment_);
  live_.emplace(*server_, authenticator_);
  gateway_.emplace(app::Gateway::Parts{*environment_, *pipeline_, callers_, admission_, *live_});
  gateway_->install();
  log.read_all(0, [this](const events::DomainEvent& event) {
    pipeline_->restore(event);
    return true;
  });
  port_ = server_->start().front().port;
  pipeline_->start();
}

ClassroomNode::~ClassroomNode() { stop(); }

void ClassroomNode::stop() {
  if (!server_) return;
  pool_.stop();
  environment_->stopping = true;
  server_->stop(std::chrono::milliseconds(0));
  server_.reset();
}

std::string token_for(const std::string& user_id, const std::string& role) {
  const identity::Tokens tokens(kAccessSecret, kRefreshSecret, {});
  identity::AccessClaims claims;
  claims.user_id = user_id;
  claims.username = user_id;
  claims.role = role;
  claims.jti = Uuid::random().to_string();
  claims.issued_at = app::wall_clock() / 1000;
  claims.expires_at = claims.issued_at + 3600;
  return tokens.sign(claims);
}

}  // namespace lectern::property
