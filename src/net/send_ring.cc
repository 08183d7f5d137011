#include "net/send_ring.h"

#include <arpa/inet.h>
#include <liburing.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cassert>
#include <cerrno>
#include <optional>
#include <system_error>
#include <utility>

#include "net/descriptor.h"

namespace lectern::net {
namespace {

// MSG_WAITALL is what makes a short send a failed one. Without it the kernel counts it as a
// success, of which IOSQE_CQE_SKIP_SUCCESS then says nothing, and the rest of the bytes is lost.
constexpr int kSendFlags = MSG_DONTWAIT | MSG_WAITALL | MSG_NOSIGNAL;

#ifdef NDEBUG
constexpr bool kChecked = false;
#else
constexpr bool kChecked = true;  // every send reports its end, and they are counted
#endif

// Two ends of a connection over loopback, the first with little room for what it sends.
std::optional<std::pair<Descriptor, Descriptor>> tcp_pair() {
  constexpr int kType = SOCK_STREAM | SOCK_CLOEXEC;
  const Descriptor listener(socket(AF_INET, kType, 0));
  Descriptor ours(socket(AF_INET, kType, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* const where = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof address;
  const int room = 16 * 1024;
  setsockopt(ours.get(), SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
  if (bind(listener.get(), where, size) != 0 || listen(listener.get(), 1) != 0 ||
      getsockname(listener.get(), where, &size) != 0 || connect(ours.get(), where, size) != 0)
    return std::nullopt;
  Descriptor peers(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (peers.get() < 0) return std::nullopt;
  return std::pair(std::move(ours), std::move(peers));
}

}  // namespace

std::unique_ptr<SendRing> SendRing::make(std::string& reason) {
  auto ring = std::make_unique<io_uring>();
  io_uring_params parameters{};
  parameters.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN |
                     IORING_SETUP_SUBMIT_ALL | IORING_SETUP_CQSIZE;
  parameters.cq_entries = static_cast<unsigned>(2 * kMostSends);
  if (const int error =
          io_uring_queue_init_params(static_cast<unsigned>(kMostSends), ring.get(), &parameters)) {
    reason = std::generic_category().message(-error);
    return nullptr;
  }
  std::unique_ptr<SendRing> made(new SendRing(std::move(ring)));
  try {
    if (made->tells_of_short_sends()) return made;
    reason = "short sends are not reported";
  } catch (const std::system_error& error) {  // a ring may be made, and its use be forbidden
    reason = error.what();
  }
  return nullptr;
}

SendRing::SendRing(std::unique_ptr<io_uring> ring) : ring_(std::move(ring)) {}

SendRing::~SendRing() { io_uring_queue_exit(ring_.get()); }

// Sends more than a socket can take, and looks whether the kernel says how much that was.
bool SendRing::tells_of_short_sends() {
  const auto pair = tcp_pair();
  if (!pair) return false;
  const auto& [ours, peers] = *pair;
  // Not from the heap, which would keep as much for ever: pages of zeros that are only read.
  static std::array<char, 8 * 1024 * 1024> zeros;
  add(ours.get(), {zeros.data(), zeros.size()}, 7);
  const auto first = submit();
  if (first.size() != 1 || first.front().token != 7 || first.front().result <= 0) return false;
  std::size_t arrived = 0;
  std::string buffer(64 * 1024, '\0');
  for (ssize_t got; (got = recv(peers.get(), buffer.data(), buffer.size(), MSG_DONTWAIT)) > 0;)
    arrived += static_cast<std::size_t>(got);
  return arrived == static_cast<std::size_t>(first.front().result);
}

void SendRing::add(int fd, std::string_view bytes, std::uint64_t token) {
  assert(!full());
  io_uring_sqe* const entry = io_uring_get_sqe(ring_.get());
  io_uring_prep_send(entry, fd, bytes.data(), bytes.size(), kSendFlags);
  if (!kChecked) io_uring_sqe_set_flags(entry, IOSQE_CQE_SKIP_SUCCESS);
  io_uring_sqe_set_data64(entry, sends_.size());
  sends_.push_back({token, bytes.size()});
}

const std::vector<SendRing::Short>& SendRing::submit() {
  short_.clear();
  [[maybe_unused]] std::size_t completed = 0;
  for (std::size_t left = sends_.size(); left > 0;) {
    const int taken = io_uring_submit_and_get_events(ring_.get());
    if (taken < 0 && taken != -EINTR && taken != -EAGAIN && taken != -EBUSY)
      throw std::system_error(-taken, std::generic_category(), "io_uring_enter");
    if (taken > 0) left -= static_cast<std::size_t>(taken);
    completed += take_completions();
  }
  assert(!kChecked || completed == sends_.size());
  sends_.clear();
  return short_;
}

std::size_t SendRing::take_completions() {
  std::size_t seen = 0;
  unsigned head;
  io_uring_cqe* completion;
  io_uring_for_each_cqe(ring_.get(), head, completion) {
    const Send& send = sends_[completion->user_data];
    if (completion->res < 0 || static_cast<std::size_t>(completion->res) < send.bytes)
      short_.push_back({send.token, completion->res});
    ++seen;
  }
  io_uring_cq_advance(ring_.get(), static_cast<unsigned>(seen));
  return seen;
}

}  // namespace lectern::net
