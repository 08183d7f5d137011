// The floor under every figure: what the same traffic costs a loop of system calls that does
// nothing else. One room, one send() of one prebuilt frame for each member and message.
//
// usage: bench_floor [--port N] [--coalesce]
//          --coalesce: the messages of one read leave in one send() for each member
//
// It speaks the raw dialect of bench/load/dialect.h and is no server: it trusts what it reads, and
// ends when a reader is slow.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "examples/flags.h"
#include "websocket/encoder.h"

namespace {

constexpr std::size_t kEvents = 512;
constexpr std::size_t kReadBytes = 64 * 1024;

[[noreturn]] void fail(const char* what) {
  std::perror(what);
  std::exit(1);
}

[[noreturn]] void refuse(const char* what) {
  std::fprintf(stderr, "bench_floor: %s\n", what);
  std::exit(1);
}

void send_all(int fd, std::string_view bytes) {
  const auto sent = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent != static_cast<ssize_t>(bytes.size())) refuse("a reader is slow");
}

// One frame of a client, with its payload unmasked in place (RFC 6455 section 5.3). Takes it off
// the front of `bytes`.
std::optional<std::string_view> take_frame(char*& bytes, std::size_t& size) {
  if (size < 2) return std::nullopt;
  std::size_t header = 6;
  std::size_t length = static_cast<unsigned char>(bytes[1]) & 0x7FU;
  if (length == 126) {
    header = 8;
    if (size < header) return std::nullopt;
    length = static_cast<std::size_t>(static_cast<unsigned char>(bytes[2])) << 8 |
             static_cast<unsigned char>(bytes[3]);
  }
  if (size < header + length) return std::nullopt;
  const char* mask = bytes + header - 4;
  char* payload = bytes + header;
  for (std::size_t i = 0; i < length; ++i) payload[i] = static_cast<char>(payload[i] ^ mask[i % 4]);
  bytes += header + length;
  size -= header + length;
  return std::string_view(payload, length);
}

class Floor {
 public:
  Floor(std::uint16_t port, bool coalesce)
      : coalesce_(coalesce), epoll_(epoll_create1(0)), listener_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    const int on = 1;
    setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    setsockopt(listener_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0) fail("bind");
    if (listen(listener_, 4096) != 0) fail("listen");
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    std::printf("bench_floor: ready http://127.0.0.1:%d\n", ntohs(address.sin_port));
    std::fflush(stdout);
    watch(listener_);
  }

  [[noreturn]] void run() {
    std::array<epoll_event, kEvents> events;
    for (;;) {
      const int count = epoll_wait(epoll_, events.data(), kEvents, -1);
      for (int i = 0; i < count; ++i) {
        const int fd = events[static_cast<std::size_t>(i)].data.fd;
        if (fd == listener_) {
          accept_one();
        } else {
          read_from(fd);
        }
      }
    }
  }

 private:
  void watch(int fd) const {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    if (epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) != 0) fail("epoll_ctl");
  }

  void accept_one() {
    const int fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK);
    if (fd < 0) fail("accept4");
    upgraded_.resize(std::max(upgraded_.size(), static_cast<std::size_t>(fd) + 1));
    upgraded_[static_cast<std::size_t>(fd)] = false;
    watch(fd);
  }

  void read_from(int fd) {
    const auto got = recv(fd, buffer_.data(), buffer_.size(), MSG_DONTWAIT);
    if (got <= 0) {
      close(fd);
      std::erase(members_, fd);
      return;
    }
    char* bytes = buffer_.data();
    auto size = static_cast<std::size_t>(got);
    if (!upgraded_[static_cast<std::size_t>(fd)]) return upgrade(fd, {bytes, size});
    while (const auto message = take_frame(bytes, size)) take(fd, *message);
    if (size > 0) refuse("a message in two parts");
    if (!pending_.empty()) {
      for (const int member : members_) send_all(member, pending_);
      pending_.clear();
    }
  }

  void upgrade(int fd, std::string_view request) {
    constexpr std::string_view kKey = "Sec-WebSocket-Key: ";
    const auto key = request.find(kKey);
    if (key == request.npos) refuse("no key");
    const auto start = key + kKey.size();
    send_all(fd,
             "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
             "Sec-WebSocket-Accept: " +
                 lectern::websocket::accept_key(
                     request.substr(start, request.find('\r', start) - start)) +
                 "\r\n\r\n");
    upgraded_[static_cast<std::size_t>(fd)] = true;
  }

  void take(int fd, std::string_view message) {
    using lectern::websocket::append_frame;
    using lectern::websocket::Opcode;
    std::string frame;
    switch (message.empty() ? '\0' : message.front()) {
      case 'j':
        members_.push_back(fd);
        append_frame(frame, Opcode::text, "j");
        return send_all(fd, frame);
      case 'e': append_frame(frame, Opcode::text, message.substr(1)); return send_all(fd, frame);
      case 'p':
        append_frame(coalesce_ ? pending_ : frame, Opcode::text, message.substr(1));
        if (coalesce_) return;
        for (const int member : members_) send_all(member, frame);
        return;
      default: refuse("no such message");
    }
  }

  bool coalesce_;
  int epoll_;
  int listener_;
  std::vector<bool> upgraded_;  // by descriptor
  std::vector<int> members_;
  std::string pending_;  // frames for all members
  std::array<char, kReadBytes> buffer_;
};

}  // namespace

int main(int count, char** words) {
  std::uint16_t port = 0;
  bool coalesce = false;
  examples::Flags flags;
  flags.add("--port", [&](const std::string& text) { return examples::read_number(text, port); });
  flags.add("--coalesce", [&] { coalesce = true; });
  if (const auto mistake = flags.parse(count, words)) {
    std::fprintf(stderr, "bench_floor: %s\n", mistake->c_str());
    return 2;
  }
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  static Floor floor(port, coalesce);
  floor.run();
}
