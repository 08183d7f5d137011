#include "dial/dialer.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

namespace lectern::dial {
namespace {

std::vector<SocketAddress> addresses_of(const std::string& host, std::uint16_t port, int flags) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found) != 0) return {};
  std::vector<SocketAddress> addresses;
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    SocketAddress address;
    std::memcpy(&address.storage, each->ai_addr, each->ai_addrlen);
    address.size = each->ai_addrlen;
    addresses.push_back(address);
  }
  freeaddrinfo(found);
  return addresses;
}

}  // namespace

std::vector<SocketAddress> look_up(const std::string& host, std::uint16_t port) {
  return addresses_of(host, port, AI_ADDRCONFIG);
}

std::vector<SocketAddress> read_address(const std::string& host, std::uint16_t port) {
  return addresses_of(host, port, AI_NUMERICHOST);
}

// What the thread may touch: the dialer and its loop only under the lock and only while they exist.
// A lookup cannot be interrupted, so the thread may outlive them.
struct Dialer::Lookup {
  std::mutex mutex;
  Dialer* dialer = nullptr;
};

Dialer::~Dialer() {
  if (!lookup_) return;
  const std::lock_guard lock(lookup_->mutex);
  lookup_->dialer = nullptr;
}

void Dialer::look_up_host(Task done) {
  present_ = 0;
  auto addresses = read_address(destination_.host, destination_.port);
  if (!addresses.empty()) {
    addresses_ = std::move(addresses);
    return done();
  }
  done_ = std::move(done);
  if (lookup_) return;  // its answer serves this call too
  lookup_ = std::make_shared<Lookup>();
  lookup_->dialer = this;
  const auto work = [lookup = lookup_, host = destination_.host, port = destination_.port] {
    auto found = look_up(host, port);
    const std::lock_guard lock(lookup->mutex);
    if (lookup->dialer == nullptr) return;
    // The loop drops its tasks when it is destroyed, after the dialer.
    lookup->dialer->loop_.post([lookup, found = std::move(found)]() mutable {
      Dialer* const dialer = lookup->dialer;  // only changed on this thread
      if (dialer == nullptr) return;
      dialer->lookup_ = nullptr;
      dialer->addresses_ = std::move(found);
      Task task = std::move(dialer->done_);
      if (task) task();
    });
  };
  try {
    std::thread(work).detach();
  } catch (const std::system_error&) {  // no thread left: as if the host were unknown
    lookup_ = nullptr;
    addresses_.clear();
    Task task = std::move(done_);
    task();
  }
}

Stream* Dialer::dial(StreamListener& listener) {
  for (; present_ < addresses_.size(); ++present_) {
    const SocketAddress& address = addresses_[present_];
    const int fd = socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) continue;
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const auto* const target = reinterpret_cast<const sockaddr*>(&address.storage);
    if (connect(fd, target, address.size) != 0 && errno != EINPROGRESS) {
      close(fd);
      continue;
    }
    auto stream = std::make_unique<Stream>(loop_, fd);
    Stream* const dialed = stream.get();
    loop_.add(std::move(stream));
    if (dialed->ending()) continue;  // the system has no more watches
    if (destination_.secure) dialed->encrypt(*tls_, destination_.host);
    dialed->listen(listener);
    return dialed;
  }
  return nullptr;
}

bool Dialer::next_address() {
  if (present_ + 1 >= addresses_.size()) return false;
  ++present_;
  return true;
}

}  // namespace lectern::dial
