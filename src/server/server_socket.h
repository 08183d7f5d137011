#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

#include <lectern/server.h>

#include "base/frame.h"

namespace lectern::server {

class Session;
class Shard;
struct NamespaceEntry;

// A socket behind the public Socket.
//
//   pending --middleware accepts--> connected --> ended
//       \--refuses, or the session ends---------/
class ServerSocket final : public Socket {
 public:
  // What a socket may leave unanswered; older ones are then answered in vain.
  static constexpr std::size_t kMaxOpenAcks = 1024;

  ServerSocket(Shard& shard, Session& session, NamespaceEntry& nsp, boost::json::value auth);
  ~ServerSocket() = default;

  const SocketRef& ref() const { return ref_; }
  const std::string& id() const { return id_; }
  const boost::json::value& auth() const { return auth_; }
  NamespaceEntry& nsp() const { return nsp_; }
  Session& session() const { return session_; }
  Shard& shard() const { return shard_; }
  bool is_pending() const { return state_ == State::pending; }
  bool is_connected() const { return state_ == State::connected; }

  void connected();
  void ended();

  bool send(const Frame& frame, bool is_volatile);

  void owe_ack(std::uint64_t id);
  // False when that acknowledgement is not owed, or not any more.
  bool settle_ack(std::uint64_t id);

 private:
  enum class State { pending, connected, ended };

  Shard& shard_;
  Session& session_;  // lives as long as this socket: both go with the turn in which they end
  NamespaceEntry& nsp_;
  SocketRef ref_;
  State state_ = State::pending;
  std::string id_;
  boost::json::value auth_;
  std::vector<std::uint64_t> open_acks_;
};

}  // namespace lectern::server
