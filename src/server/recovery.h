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
  SocketRef ref;  // that it had; its shard remembers its packets
  std::string id;
  std::string nsp;
  std::vector<std::string> rooms;
  std::shared_ptr<void> data;
  RecoveryStart start;
};

// What one shard keeps for clients that lost their connection: the packets that went out to its
// sockets, and the sockets that ended and whose private id names this shard. Both for a time and up
// to a number of bytes, of which the oldest go first. Source: Socket.IO's "Connection state
// recovery".
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
  // The socket; nothing when it is another's or too late.
  std::optional<LostSocket> take(std::string_view pid, std::string_view nsp,
                                 SteadyClock::time_point now);

  // The place that the offset of a packet stands for, or "" of none. Nothing when that packet, or
  // one behind it, is forgotten.
  std::optional<LogPosition> locate(const RecoveryStart& start, std::string_view offset) const;

  // The packets for such a socket from its start on, or nothing when some are forgotten.
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
