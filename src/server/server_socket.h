#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

#include <lectern/server.h>

#include "server/outgoing.h"
#include "server/recovery.h"

namespace lectern::server {

class Client;
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

  ServerSocket(Shard& shard, Client& client, ShardNamespace& nsp, std::string id,
               boost::json::value auth);
  ~ServerSocket() = default;

  const SocketRef& ref() const { return ref_; }
  const std::string& id() const { return id_; }
  const boost::json::value& auth() const { return auth_; }
  ShardNamespace& nsp() const { return nsp_; }
  Client& client() const { return client_; }
  Shard& shard() const { return shard_; }
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

  // With recovery: the private id that CONNECT tells; made by welcome().
  void make_pid();
  const std::string& pid() const { return pid_; }
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
  enum class State { pending, connected, ended };
  struct AwaitedAck {
    std::uint64_t id;
    AckHandler handler;
  };

  Shard& shard_;
  Client& client_;  // lives as long as this socket: both go with the turn in which they end
  ShardNamespace& nsp_;
  SocketRef ref_;
  State state_ = State::pending;
  std::string id_;
  boost::json::value auth_;
  std::vector<std::uint64_t> open_acks_;
  std::vector<AwaitedAck> awaited_acks_;
  std::string pid_;
  RecoveryStart start_;
  bool recovered_ = false;
  std::uint32_t last_ack_id_ = 0;
  std::unique_ptr<std::vector<Outgoing>> held_;  // while what was missed is on its way
};

}  // namespace lectern::server
