#include "load/swarm.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <system_error>

#include "load/frames.h"
#include "websocket/encoder.h"
#include "websocket/opcode.h"

namespace lectern::load {
namespace {

using std::chrono::nanoseconds;

constexpr std::size_t kReadBytes = 256 * 1024;
constexpr std::size_t kEvents = 512;
constexpr std::uint32_t kMask = 0x5A3C96E1;  // a key is a key: nothing between us looks at it
constexpr std::chrono::seconds kEntryLimit{30};
// One pair of addresses has about 28,000 free ports; more connections come from the next address.
constexpr std::size_t kPerAddress = 20'000;
constexpr int kTinyBuffer = 4096;
constexpr std::size_t kMostUnsent = 1024 * 1024;

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

sockaddr_in loopback(std::uint32_t host, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl((127U << 24) + host);
  return address;
}

bool is_loopback(const Peer& peer) {
  if (peer.address.ss_family != AF_INET) return false;
  sockaddr_in address;
  std::memcpy(&address, &peer.address, sizeof address);
  return ntohl(address.sin_addr.s_addr) >> 24 == 127;
}

// A socket that connects, from the n-th connection's address. On this machine the kernel answers
// for the server, so that it is connected before the server has accepted, or `error` says why not.
net::Descriptor connecting_socket(std::size_t n, const Peer& peer, Swarm::Buffers buffers,
                                  int& error) {
  net::Descriptor socket(
      ::socket(peer.address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (socket.get() < 0) fail("socket");
  const int on = 1;
  setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (buffers == Swarm::Buffers::tiny) {
    setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUF, &kTinyBuffer, sizeof kTinyBuffer);
  }
  if (is_loopback(peer)) {
    const auto from = loopback(static_cast<std::uint32_t>(1 + n / kPerAddress), 0);
    setsockopt(socket.get(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    if (bind(socket.get(), reinterpret_cast<const sockaddr*>(&from), sizeof from) != 0)
      fail("bind");
  }
  const auto* to = reinterpret_cast<const sockaddr*>(&peer.address);
  error = ::connect(socket.get(), to, peer.size) == 0 || errno == EINPROGRESS ? 0 : errno;
  return socket;
}

std::string upgrade_request(const Peer& peer) {
  return "GET " + peer.target + " HTTP/1.1\r\nHost: " + peer.authority +
         "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
         "Sec-WebSocket-Key: bGVjdGVybi1iZW5jaC0wMQ==\r\n\r\n";
}

}  // namespace

std::size_t room_of_unread_socket() {
  const net::Descriptor listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  auto address = loopback(1, 0);
  socklen_t size = sizeof address;
  if (bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
      listen(listener.get(), 1) != 0 ||
      getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0)
    fail("bind");
  int error = 0;
  const auto reader =
      connecting_socket(0, local_peer(ntohs(address.sin_port)), Swarm::Buffers::tiny, error);
  const net::Descriptor writer(accept(listener.get(), nullptr, nullptr));
  const std::string block(16384, 'x');
  std::size_t room = 0;
  for (ssize_t sent; (sent = ::send(writer.get(), block.data(), block.size(), MSG_DONTWAIT)) > 0;)
    room += static_cast<std::size_t>(sent);
  return room;
}

struct Swarm::Connection {
  explicit Connection(net::Descriptor fd) : socket(std::move(fd)) {}
  Connection(Connection&&) = default;
  Connection& operator=(Connection&&) = delete;

  net::Descriptor socket;
  bool upgraded = false;
  bool entered = false;
  bool lost = false;
  std::size_t step = 0;
  std::vector<Step> script;  // empty once entered
  std::string rest;          // of a message that has not come whole
  std::string unsent;
};

void prepare_process() {
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  prctl(PR_SET_TIMERSLACK, 1000UL);
}

Swarm::Swarm(Peer peer, Hooks hooks, Buffers buffers)
    : peer_(std::move(peer)),
      hooks_(std::move(hooks)),
      buffers_(buffers),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      buffer_(kReadBytes) {
  if (epoll_.get() < 0) fail("epoll_create1");
}

Swarm::~Swarm() = default;

std::size_t Swarm::size() const { return connections_.size(); }

void Swarm::open(std::size_t count, std::size_t at_once,
                 const std::function<std::vector<Step>(std::size_t)>& script) {
  const auto wanted = size() + count;
  const auto first = size();
  connections_.reserve(wanted);
  auto deadline = Clock::now() + kEntryLimit;
  while (entered_ < wanted) {
    while (size() < wanted && size() - entered_ < at_once) add(script(size() - first));
    const auto before = entered_;
    turn(deadline, [](std::size_t, std::string_view, Clock::time_point) {});
    if (entered_ > before) deadline = Clock::now() + kEntryLimit;
    if (Clock::now() >= deadline) throw std::runtime_error("the server lets nobody in any more");
  }
}

std::size_t Swarm::add(std::vector<Step> script) {
  const auto index = size();
  int error = 0;
  auto& connection = connections_.emplace_back(connecting_socket(index, peer_, buffers_, error));
  connection.script = std::move(script);
  connection.unsent = upgrade_request(peer_);
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.u64 = index;
  if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, connection.socket.get(), &event) != 0)
    fail("epoll_ctl");
  if (error != 0) lose(index, std::generic_category().message(error));
  return index;  // the first edge tells that it is connected
}

void Swarm::send(std::size_t index, std::string_view frames) {
  auto& connection = connections_[index];
  if (connection.lost) return;
  const bool waits = !connection.unsent.empty();
  if (waits && connection.unsent.size() + frames.size() > kMostUnsent)
    return lose(index, "the server does not read");
  connection.unsent += frames;
  if (!waits) flush(index);
}

void Swarm::flush(std::size_t index) {
  auto& connection = connections_[index];
  while (!connection.lost && !connection.unsent.empty()) {
    const auto sent = ::send(connection.socket.get(), connection.unsent.data(),
                             connection.unsent.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && (errno == EAGAIN || errno == ENOTCONN)) return;
    if (sent < 0) return lose(index, std::generic_category().message(errno));
    connection.unsent.erase(0, static_cast<std::size_t>(sent));
  }
}

void Swarm::turn(Clock::time_point deadline, const MessageHandler& handler) {
  const auto left = std::max(nanoseconds(0), nanoseconds(deadline - Clock::now()));
  timespec timeout{};
  timeout.tv_sec = std::chrono::duration_cast<std::chrono::seconds>(left).count();
  timeout.tv_nsec = left.count() % 1'000'000'000;
  std::array<epoll_event, kEvents> events;
  const int count = epoll_pwait2(epoll_.get(), events.data(), kEvents, &timeout, nullptr);
  if (count < 0 && errno != EINTR) fail("epoll_pwait2");
  for (int i = 0; i < count; ++i) {
    const auto& event = events[static_cast<std::size_t>(i)];
    if ((event.events & EPOLLOUT) != 0) flush(event.data.u64);
    read(event.data.u64, handler);
  }
}

void Swarm::read(std::size_t index, const MessageHandler& handler) {
  while (!connections_[index].lost) {
    const auto got =
        recv(connections_[index].socket.get(), buffer_.data(), buffer_.size(), MSG_DONTWAIT);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && (errno == EAGAIN || errno == ENOTCONN)) return;
    if (got < 0) return lose(index, std::generic_category().message(errno));
    if (got == 0) return lose(index, "the server closed a connection");
    take(index, {buffer_.data(), static_cast<std::size_t>(got)}, handler);
    // A read that left room in the buffer took all there was; the edge tells of more.
    if (static_cast<std::size_t>(got) < buffer_.size()) return;
  }
}

void Swarm::take(std::size_t index, std::string_view bytes, const MessageHandler& handler) {
  const auto read_at = Clock::now();
  std::string joined;
  auto& connection = connections_[index];
  if (!connection.rest.empty()) {
    joined = std::exchange(connection.rest, {});
    joined += bytes;
    bytes = joined;
  }
  if (connection.upgraded || take_upgrade(index, bytes))
    take_frames(index, bytes, handler, read_at);
  // The handler may not open connections, so the reference still stands.
  connection.rest = bytes;
}

// Whether the answer to the upgrade request has come whole; takes it off `bytes`.
bool Swarm::take_upgrade(std::size_t index, std::string_view& bytes) {
  const auto end = bytes.find("\r\n\r\n");
  if (end == bytes.npos) return false;
  if (!bytes.starts_with("HTTP/1.1 101")) {
    lose(index, "no upgrade: " + std::string(bytes.substr(0, bytes.find('\r'))));
    return false;
  }
  bytes.remove_prefix(end + 4);
  auto& connection = connections_[index];
  connection.upgraded = true;
  if (connection.script.empty()) {
    finish_entry(index);
  } else if (!connection.script.front().send.empty()) {
    advance(index);
  }
  return true;
}

void Swarm::take_frames(std::size_t index, std::string_view& bytes, const MessageHandler& handler,
                        Clock::time_point read_at) {
  while (!connections_[index].lost) {
    std::optional<ServerFrame> frame;
    try {
      frame = load::take_frame(bytes);
    } catch (const std::runtime_error& error) {
      return lose(index, error.what());
    }
    if (!frame) return;
    take_frame(index, frame->opcode, frame->payload, handler, read_at);
  }
}

void Swarm::take_frame(std::size_t index, std::uint8_t opcode, std::string_view payload,
                       const MessageHandler& handler, Clock::time_point read_at) {
  std::string frames;
  if (opcode == static_cast<std::uint8_t>(websocket::Opcode::ping)) {
    websocket::append_client_frame(frames, websocket::Opcode::pong, payload, kMask);
    return send(index, frames);
  }
  if (opcode != static_cast<std::uint8_t>(websocket::Opcode::text))
    return lose(index, opcode == static_cast<std::uint8_t>(websocket::Opcode::close)
                           ? "the server closed a connection"
                           : "the server sent neither text nor a ping");
  if (peer_.engine_io && payload == "2") {
    append_message(frames, "3");
    return send(index, frames);
  }
  auto& connection = connections_[index];
  if (connection.entered) return handler(index, payload, read_at);
  const auto& expected = connection.script[connection.step].expect;
  if (!payload.starts_with(expected))
    return lose(index, "expected " + expected + "…, got " + std::string(payload.substr(0, 80)));
  if (++connection.step == connection.script.size()) return finish_entry(index);
  advance(index);
}

// Says what the connection's step begins with.
void Swarm::advance(std::size_t index) {
  auto& connection = connections_[index];
  std::string frames;
  append_message(frames, connection.script[connection.step].send);
  send(index, frames);
}

void Swarm::finish_entry(std::size_t index) {
  auto& connection = connections_[index];
  connection.entered = true;
  connection.script = {};
  ++entered_;
  if (hooks_.entered) hooks_.entered(index);
}

void Swarm::lose(std::size_t index, const std::string& why) {
  if (!hooks_.lost) throw std::runtime_error(why);
  auto& connection = connections_[index];
  connection.lost = true;
  connection.rest = {};
  connection.unsent = {};
  ++lost_;
  if (const int fd = connection.socket.release(); fd >= 0) close(fd);
  hooks_.lost(index, why);
}

void append_message(std::string& frames, std::string_view message) {
  websocket::append_client_frame(frames, websocket::Opcode::text, message, kMask);
}

}  // namespace lectern::load
