#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <lectern/socket.h>

#include "base/time.h"
#include "server/delivery.h"

namespace lectern::server {

// A place in the packets that a shard remembers: how many were remembered before it.
using LogPosition = std::uint64_t;

// From where a client that comes back is served: behind the packet with this offset, which stands
// at that place. A client that names no offset has received nothing since.
struct RecoveryStart {
  std::string offset;
  LogPosition position = 0;
};

// A socket that ended and may come back.
struct LostSocket {
  SocketRef ref;  // that it had
  std::string id;
  std::string nsp;
  std::vector<std::string> rooms;
  std::shared_ptr<void> data;
  RecoveryStart start;
};

// What one shard keeps for clients that lost their connection: the packets that went out, and the
// sockets that ended. Both for a time and up to a number of bytes, of which the oldest go first.
// Source: Socket.IO's "Connection state recovery".
class Recovery {
 public:
  Recovery(std::chrono::milliseconds duration, std::size_t max_bytes)
      : duration_(duration), max_bytes_(max_bytes) {}

  bool enabled() const { return duration_.count() > 0; }

  // Every packet with an offset, in the order in which this shard's sockets get them.
  void remember(DeliveryPtr delivery, SteadyClock::time_point now);
  LogPosition position() const { return first_ + packets_.size(); }

  // `pid` is the private id with which the client may come back, once.
  void keep(const std::string& pid, LostSocket socket, SteadyClock::time_point now);
  // The socket, and in its start the place that `offset` stands for. Nothing when it is another's,
  // too late, or when packets behind the place are forgotten.
  std::optional<LostSocket> take(std::string_view pid, std::string_view nsp,
                                 std::string_view offset, SteadyClock::time_point now);

  // The packets for such a socket from that place on, or nothing when some are forgotten.
  std::optional<std::vector<DeliveryPtr>> missed(const LostSocket& socket) const;

  void expire(SteadyClock::time_point now);

 private:
  struct Packet {
    DeliveryPtr delivery;
    SteadyClock::time_point at;
    std::size_t bytes;
  };
  struct Lost {
    std::string pid;
    LostSocket socket;
    SteadyClock::time_point at;
    std::size_t bytes;
  };
  using LostList = std::list<Lost>;  // the oldest first

  void forget_lost(LostList::iterator lost);
  std::optional<LogPosition> find(const LostSocket& socket, std::string_view offset) const;

  const std::chrono::milliseconds duration_;
  const std::size_t max_bytes_;
  std::deque<Packet> packets_;
  LogPosition first_ = 0;  // of packets_.front()
  std::size_t packet_bytes_ = 0;
  LostList lost_;
  std::size_t lost_bytes_ = 0;
  std::unordered_map<std::string_view, LostList::iterator> by_handle_;
};

}  // namespace lectern::server
