#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/container/small_vector.hpp>
#include <boost/json/value.hpp>

#include <lectern/server.h>

#include "server/client.h"
#include "server/outgoing.h"
#include "server/recovery.h"
#include "server/session_id.h"

namespace lectern::server {

class Session;
class Shard;
struct ShardNamespace;

// A socket behind the public Socket.
//
//   pending --middleware accepts--> connected --> ended
//       \--refuses, or the session ends---------/
class ServerSocket final : public Socket {
 public:
  // What a socket may leave unanswered; older ones are then answered in vain.
  static constexpr std::size_t kMaxOpenAcks = 1024;

  ServerSocket(Client& client, ShardNamespace& nsp, std::string_view id, boost::json::value auth);
  ~ServerSocket() = default;

  SocketRef ref() const;
  std::uint64_t serial() const { return serial_; }
  std::string_view id() const { return long_id_ ? std::string_view(*long_id_) : id_.view(); }
  const boost::json::value& auth() const;
  void forget_auth() { auth_.reset(); }
  ShardNamespace& nsp() const { return nsp_; }
  Client& client() const { return client_; }
  Session& session() const { return session_; }
  Shard& shard() const { return client_.shard(); }
  bool is_pending() const { return state_ == State::pending; }
  bool is_connected() const { return state_ == State::connected; }

  void connected();
  void ended();

  bool send(const Outgoing& packet, bool is_volatile);

  // Becomes the socket that was lost. What is sent to it waits until send_missed(), which sends
  // what it missed and then what waited and is not among that.
  void restore(const LostSocket& lost, const std::string& pid);
  void send_missed(const std::vector<DeliveryPtr>& missed);
  bool recovered() const { return recovered_; }

  // The room named by its id, in which it is from the start.
  bool in_own_room() const { return in_own_room_; }
  void be_in_own_room(bool in) { in_own_room_ = in; }

  // With recovery: the private id that CONNECT tells; made by welcome().
  void make_pid();
  std::string_view pid() const { return pid_.view(); }
  LostSocket as_lost() const;

  // An event of the client's asked for an acknowledgement.
  void owe_ack(std::uint64_t id);
  // False when that acknowledgement is not owed, or not any more.
  bool settle_ack(std::uint64_t id);

  // For an event to this socket alone that asks for one: 1, 2, 3 …
  std::uint64_t next_ack_id() { return ++last_ack_id_; }
  // An event of ours asks for one. False when too many are awaited: `handler` is left as it is.
  [[nodiscard]] bool await_ack(std::uint64_t id, AckHandler& handler);
  // Calls the handler that waits for this acknowledgement. False when there is none.
  bool answered(std::uint64_t id, Result<Arguments> answer);

 private:
  enum class State : std::uint8_t { pending, connected, ended };
  struct AwaitedAck {
    std::uint64_t id;
    AckHandler handler;
  };
  // Of a socket that came back.
  struct Restored {
    std::string offset;                         // behind which it is served
    std::optional<std::vector<Outgoing>> held;  // while what was missed is on its way
  };

  void set_id(std::string_view id);

  // A broadcast reads these of each socket that it reaches.
  Session& session_;
  ShardNamespace& nsp_;
  std::unique_ptr<Restored> restored_;
  State state_ = State::pending;

  bool in_own_room_ = false;
  bool recovered_ = false;
  ShortId id_;
  Client& client_;  // lives as long as this socket: both go with the turn in which they end
  std::uint64_t serial_;
  LogPosition start_ = 0;  // from which it is served, should it be lost
  ShortId pid_;
  std::uint32_t last_ack_id_ = 0;
  std::unique_ptr<std::string> long_id_;  // of clients of Socket.IO 2, in a namespace
  std::unique_ptr<boost::json::value> auth_;
  boost::container::small_vector<std::uint64_t, 1> open_acks_;
  std::unique_ptr<std::vector<AwaitedAck>> awaited_acks_;
};

}  // namespace lectern::server
