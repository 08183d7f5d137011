#include "net/proxied_connection.h"

#include <utility>

#include "net/loop.h"
#include "net/proxy_header.h"

namespace lectern::net {

ProxiedConnection::ProxiedConnection(Loop& loop, int fd, std::string proxy, DeadlineList& deadlines,
                                     UniqueFunction<void(Client)> taken, Task gone)
    : Connection(loop, fd),
      proxy_(std::move(proxy)),
      overdue_(this, [](void* self) { static_cast<ProxiedConnection*>(self)->end(); }),
      taken_(std::move(taken)),
      gone_(std::move(gone)) {
  deadlines.arm(overdue_, loop.now());
}

void ProxiedConnection::on_bytes(std::span<char> bytes) {
  header_.append(bytes.data(), bytes.size());
  auto read = read_proxy_header(header_);
  if (const auto* state = std::get_if<ProxyHeaderState>(&read)) {
    if (*state == ProxyHeaderState::malformed) end();
    return;
  }
  auto& header = std::get<ProxyHeader>(read);
  gone_ = nullptr;
  Client client{-1, header.address.empty() ? proxy_ : std::move(header.address),
                header_.substr(header.size)};
  client.fd = release().fd;
  taken_(std::move(client));
}

void ProxiedConnection::on_end() {
  overdue_.disarm();
  if (Task gone = std::move(gone_)) gone();
}

}  // namespace lectern::net
