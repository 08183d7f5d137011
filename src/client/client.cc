#include <lectern/client.h>

#include <utility>

#include "client/client_core.h"

namespace lectern {

Client::Client(std::string_view url, ClientOptions options)
    : core_(std::make_shared<ClientCore>(url, std::move(options))) {
  core_->start(core_);
}

Client::~Client() { core_->stop(); }

ClientSocket& Client::of(std::string_view nsp) { return core_->of(nsp); }
std::string_view Client::transport() const { return core_->transport(); }
void Client::post(Task task) { core_->post(std::move(task)); }

void Client::on_upgrade(Task handler) {
  core_->run([core = core_.get(), handler = std::move(handler)]() mutable {
    core->on_upgrade.set(std::move(handler));
  });
}

void Client::on_reconnect_attempt(UniqueFunction<void(const ReconnectAttempt&)> handler) {
  core_->run([core = core_.get(), handler = std::move(handler)]() mutable {
    core->on_attempt.set(std::move(handler));
  });
}

void Client::on_reconnect_failed(Task handler) {
  core_->run([core = core_.get(), handler = std::move(handler)]() mutable {
    core->on_failed.set(std::move(handler));
  });
}

}  // namespace lectern
