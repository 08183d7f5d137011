#pragma once

#include <cstddef>
#include <cstdint>

#include <lectern/socket.h>

#include "base/time.h"

namespace lectern::server {

// What a session has done so far. Every idle connection has one, hence its size: times are counted
// in 32 bits, bytes in 48.
class TrafficRecord {
 public:
  // Times are those of ServerClock, which never goes back.
  explicit TrafficRecord(TimeMs now)
      : opened_(static_cast<std::uint32_t>(now / kOpenedUnitMs)),
        active_(static_cast<std::uint32_t>(now)) {}

  // Anything came of the peer.
  void alive(TimeMs now) { active_ = static_cast<std::uint32_t>(now); }
  void message_in() { ++messages_in_; }
  void message_out() { ++messages_out_; }
  void bytes_in(std::size_t size) { bytes_in_.add(size); }
  void bytes_out(std::size_t size) { bytes_out_.add(size); }

  // Both times wrap: a session lives for less than 13 years, and ends long before it was silent for
  // 49 days.
  Traffic at(TimeMs now) const {
    Traffic traffic;
    const auto opened = now / kOpenedUnitMs;
    const auto units = static_cast<std::uint32_t>(opened) - opened_;
    traffic.connected_at = (opened - units) * kOpenedUnitMs;
    traffic.last_activity = now - (static_cast<std::uint32_t>(now) - active_);
    traffic.messages_in = messages_in_;
    traffic.messages_out = messages_out_;
    traffic.bytes_in = bytes_in_.get();
    traffic.bytes_out = bytes_out_.get();
    return traffic;
  }

 private:
  static constexpr TimeMs kOpenedUnitMs = 100;

  class Bytes {
   public:
    void add(std::uint64_t size) {
      const auto sum = get() + size;
      low_ = static_cast<std::uint32_t>(sum);
      high_ = static_cast<std::uint16_t>(sum >> 32U);
    }
    std::uint64_t get() const { return (static_cast<std::uint64_t>(high_) << 32U) | low_; }

   private:
    std::uint32_t low_ = 0;
    std::uint16_t high_ = 0;
  } __attribute__((packed, aligned(2)));

  std::uint32_t opened_;
  std::uint32_t active_;
  std::uint32_t messages_in_ = 0;
  std::uint32_t messages_out_ = 0;
  Bytes bytes_in_;
  Bytes bytes_out_;
};

}  // namespace lectern::server
