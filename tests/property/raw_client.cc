#include "raw_client.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "websocket/encoder.h"

namespace lectern::property {
namespace {

constexpr int kBuffer = 4096;  // the kernel doubles it
constexpr std::string_view kRequest =
    "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    "Upgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

bool would_wait() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

}  // namespace

RawClient::~RawClient() { close(); }

bool RawClient::connect(std::uint16_t port) {
  close();
  descriptor_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor_ < 0) return false;
  ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVBUF, &kBuffer, sizeof kBuffer);
  const int one = 1;
  ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  const auto address = loopback(port);
  if (::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    close();
    return false;
  }
  ::fcntl(descriptor_, F_SETFL, O_NONBLOCK);
  out_ = kRequest;
  write();
  return true;
}

void RawClient::close() {
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
  upgraded_ = false;
  in_.clear();
  out_.clear();
}

void RawClient::send(std::string_view text) {
  mask_ = mask_ * 1103515245U + 12345U;
  websocket::append_client_frame(out_, websocket::Opcode::text, text, mask_);
  write();
}

void RawClient::write() {
  while (wants_to_write()) {
    const auto sent = ::send(descriptor_, out_.data(), out_.size(), MSG_NOSIGNAL);
    if (sent < 0) {
      if (!would_wait()) close();
      return;
    }
    out_.erase(0, static_cast<std::size_t>(sent));
  }
}

std::vector<std::string> RawClient::read(std::size_t bytes) {
  std::vector<std::string> texts;
  const auto before = in_.size();
  in_.resize(before + bytes);
  const auto got = ::recv(descriptor_, in_.data() + before, bytes, 0);
  const bool waits = got < 0 && would_wait();
  in_.resize(before + (got > 0 ? static_cast<std::size_t>(got) : 0));
  if (!upgraded_) upgraded_ = take_response();
  while (upgraded_ && take_frame(texts)) continue;
  if ((got <= 0 && !waits) || broken_) close();
  return texts;
}

bool RawClient::take_response() {
  const auto end = in_.find("\r\n\r\n");
  if (end == std::string::npos) return false;
  broken_ = broken_ || !in_.starts_with("HTTP/1.1 101 ");
  in_.erase(0, end + 4);
  return true;
}

bool RawClient::take_frame(std::vector<std::string>& texts) {
  if (in_.size() < 2) return false;
  const auto at = [this](std::size_t index) { return static_cast<unsigned char>(in_[index]); };
  std::size_t header = 2;
  std::size_t size = at(1);
  if (size >= 126) {
    const std::size_t wide = size == 126 ? 2 : 8;
    header += wide;
    if (in_.size() < header) return false;
    size = 0;
    for (std::size_t index = 2; index < header; ++index) size = size << 8 | at(index);
  }
  // What the server sends is one unmasked text frame per packet, or a close.
  if (at(0) != 0x81 && at(0) != 0x88) broken_ = true;
  if (broken_ || in_.size() < header + size) return false;
  if (at(0) == 0x81) texts.push_back(in_.substr(header, size));
  in_.erase(0, header + size);
  return true;
}

void shrink_send_buffers(std::uint16_t port) {
  auto* directory = ::opendir("/proc/self/fd");
  if (!directory) return;
  while (const auto* entry = ::readdir(directory)) {
    const int descriptor = std::atoi(entry->d_name);
    sockaddr_in address{};
    socklen_t size = sizeof address;
    if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) != 0 ||
        address.sin_family != AF_INET || ntohs(address.sin_port) != port) {
      continue;
    }
    ::setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &kBuffer, sizeof kBuffer);
  }
  ::closedir(directory);
}

}  // namespace lectern::property
