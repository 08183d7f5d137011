#include "app/serve.h"

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>

#include "app/application.h"
#include "app/durability.h"
#include "app/log.h"
#include "app/reload.h"
#include "app/signals.h"

namespace lectern::app {
namespace {

constexpr std::chrono::milliseconds kLook{20};  // how often a drain looks whether it is over

// An address that a browser on this machine can open: a wildcard is none.
std::string url_of(const Endpoint& endpoint, bool tls) {
  std::string host = endpoint.address;
  if (host == "0.0.0.0" || host == "::") host = "localhost";
  if (host.find(':') != std::string::npos) host = '[' + host + ']';
  return (tls && !endpoint.internal ? "https://" : "http://") + host + ':' +
         std::to_string(endpoint.port);
}

// The ready line is the last one, so that whoever waits for it has read the others.
void announce(const std::vector<Endpoint>& endpoints, bool tls, const std::string& base_path,
              const std::optional<std::string>& password) {
  if (password) std::printf("lectern: administrator admin password %s\n", password->c_str());
  const Endpoint* first = nullptr;
  for (const auto& endpoint : endpoints) {
    if (endpoint.internal) {
      std::printf("lectern: internal %s\n", url_of(endpoint, tls).c_str());
    } else if (!first) {
      first = &endpoint;
    } else {
      std::printf("lectern: also %s\n", url_of(endpoint, tls).c_str());
    }
  }
  if (first && base_path != "/")
    std::printf("lectern: open %s%s/\n", url_of(*first, tls).c_str(), base_path.c_str());
  if (first) std::printf("lectern: ready %s\n", url_of(*first, tls).c_str());
  std::fflush(stdout);
}

void wait_for_end(Signals& signals, Reloader& reloader) {
  while (!Signals::ends(signals.wait())) reloader.reload();
}

void drain(Application& application, Signals& signals, std::chrono::milliseconds period) {
  application.begin_drain(period);
  const auto over = SteadyClock::now() + period;
  while (!application.drained() && SteadyClock::now() < over) {
    const auto signal = signals.wait_for(kLook);
    // Whatever was acknowledged is on the disk already.
    if (signal && Signals::ends(*signal)) std::_Exit(0);
  }
}

}  // namespace

int serve(const Config& config, const Reread& reread) {
  Signals signals;  // first: the threads that follow inherit its mask
  StderrLog log(config.log);
  if (const auto lost = durability_of(config.store).warning; !lost.empty()) {
    log.write(Level::warning, lost);
  }
  Application application(config, log);
  const auto password = application.create_administrator();
  const auto endpoints = application.start();
  announce(endpoints, !config.server.tls_cert.empty(), config.server.base_path, password);
  Reloader reloader(config, reread, application, log);
  wait_for_end(signals, reloader);
  drain(application, signals, std::chrono::milliseconds(config.server.drain_ms));
  application.stop();
  return 0;
}

}  // namespace lectern::app
