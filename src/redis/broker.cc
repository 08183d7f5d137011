#include "redis/broker.h"

#include <utility>

namespace lectern::redis {
namespace {

std::optional<dial::TlsContext> tls_for(const Url& url) {
  if (!url.secure) return std::nullopt;
  return std::optional<dial::TlsContext>(std::in_place, /*verify=*/true, /*ca_file=*/"");
}

}  // namespace

Broker::Broker(Url url, LogSink* log, Timing timing)
    : url_(std::move(url)),
      tls_(tls_for(url_)),
      commands_(loop_, url_, tls_ ? &*tls_ : nullptr, log, timing, [this] { note(); }),
      // One line in the log is enough for both.
      subscriber_(loop_, url_, tls_ ? &*tls_ : nullptr, nullptr, timing, [this] { note(); }) {}

Broker::~Broker() { stop(); }

void Broker::start() {
  thread_ = std::thread([this] {
    commands_.open();
    subscriber_.open();
    loop_.run();
  });
}

void Broker::stop() {
  if (!thread_.joinable()) return;
  loop_.post([this] {
    subscriber_.close();
    commands_.close();
    loop_.stop();
  });
  thread_.join();
  available_ = false;
}

void Broker::note() {
  const bool available = commands_.ready() && subscriber_.complete();
  if (available_.exchange(available) == available) return;
  if (auto& task = available ? on_available_ : on_unavailable_) task();
}

}  // namespace lectern::redis
