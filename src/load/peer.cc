#include "load/peer.h"

#include <netdb.h>
#include <netinet/in.h>

#include <cstring>
#include <memory>
#include <stdexcept>

#include "client/url.h"

namespace lectern::load {

Peer peer_at(std::string_view url, const std::string& path) {
  const auto parsed = client::parse_url(url);
  if (!parsed) throw std::runtime_error(std::string(url) + " is no URL such as http://HOST:PORT");
  if (parsed->secure) throw std::runtime_error("load speaks http:// only: go past the TLS proxy");
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const auto port = std::to_string(parsed->port);
  const int error = getaddrinfo(parsed->host.c_str(), port.c_str(), &hints, &found);
  if (error != 0) throw std::runtime_error(parsed->host + ": " + gai_strerror(error));
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owned(found, freeaddrinfo);
  Peer peer;
  std::memcpy(&peer.address, found->ai_addr, found->ai_addrlen);
  peer.size = found->ai_addrlen;
  peer.authority = parsed->authority();
  peer.target = path + "?EIO=4&transport=websocket";
  if (!parsed->query.empty()) peer.target += '&' + parsed->query;
  return peer;
}

Peer local_peer(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  Peer peer;
  std::memcpy(&peer.address, &address, sizeof address);
  peer.size = sizeof address;
  peer.authority = "127.0.0.1:" + std::to_string(port);
  return peer;
}

}  // namespace lectern::load
