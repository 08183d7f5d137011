#include "net/listening_socket.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "net/descriptor.h"

namespace lectern::net {
namespace {

constexpr int kBacklog = 4096;

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;

  Address(const std::string& text, std::uint16_t port) {
    auto& four = reinterpret_cast<sockaddr_in&>(storage);
    auto& six = reinterpret_cast<sockaddr_in6&>(storage);
    if (inet_pton(AF_INET, text.c_str(), &four.sin_addr) == 1) {
      four.sin_family = AF_INET;
      four.sin_port = htons(port);
      size = sizeof four;
    } else if (inet_pton(AF_INET6, text.c_str(), &six.sin6_addr) == 1) {
      six.sin6_family = AF_INET6;
      six.sin6_port = htons(port);
      size = sizeof six;
    }
  }
};

[[noreturn]] void fail(const std::string& address, std::uint16_t port, int error) {
  const bool six = address.find(':') != std::string::npos;
  throw std::system_error(
      error, std::generic_category(),
      "cannot listen on " + (six ? '[' + address + ']' : address) + ':' + std::to_string(port));
}

// A socket bound to the address; with `shared` others of ours may be bound there too.
Descriptor bind_to(const std::string& text, std::uint16_t port, bool shared) {
  const Address address(text, port);
  if (address.size == 0) fail(text, port, EINVAL);
  Descriptor socket(
      ::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int on = 1;
  if (socket.get() < 0) fail(text, port, errno);
  setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (shared) setsockopt(socket.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  // "::" next to "0.0.0.0" is two addresses, whatever the system's default is.
  if (address.storage.ss_family == AF_INET6)
    setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  if (bind(socket.get(), reinterpret_cast<const sockaddr*>(&address.storage), address.size) != 0)
    fail(text, port, errno);
  return socket;
}

std::uint16_t port_of(int fd) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &size);
  return ntohs(storage.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6&>(storage).sin6_port
                                             : reinterpret_cast<sockaddr_in&>(storage).sin_port);
}

}  // namespace

ListeningSockets listen_on(const std::string& address, std::uint16_t port, unsigned count) {
  ListeningSockets result;
  {
    const Descriptor alone = bind_to(address, port, /*shared=*/false);
    // Bound is not enough: a listener with SO_REUSEADDR shows itself only now.
    if (::listen(alone.get(), 1) != 0) fail(address, port, errno);
    result.port = port_of(alone.get());
  }
  std::vector<Descriptor> sockets;
  sockets.reserve(count);
  for (unsigned i = 0; i < count; ++i)
    sockets.push_back(bind_to(address, result.port, /*shared=*/true));
  for (const auto& socket : sockets)
    if (::listen(socket.get(), kBacklog) != 0) fail(address, result.port, errno);
  for (auto& socket : sockets) result.fds.push_back(socket.release());
  return result;
}

}  // namespace lectern::net
