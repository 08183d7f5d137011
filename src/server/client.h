#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include <boost/json/array.hpp>

#include <lectern/error.h>
#include <lectern/socket.h>

#include "protocol/packet.h"

namespace lectern::server {

class ServerSocket;
class Session;
class Shard;

// The Socket.IO half of one session: its packets, and its sockets, one for each namespace.
// Source: socket.io-protocol v5.
class Client {
 public:
  Client(Session& session, Shard& shard) : session_(session), shard_(shard) {}
  ~Client();

  // The text of one Engine.IO message. A packet that breaks the protocol ends the session.
  void on_message(std::string_view text);

  // A middleware has decided about a socket that still waits for it.
  void accept(ServerSocket& socket);
  void refuse(ServerSocket& socket, const ConnectError& error);

  // Runs the closing handlers of the connected sockets.
  void announce_closing(Errc error);
  // The session is over: ends every socket.
  void end(DisconnectReason reason);
  // Ends one socket; its session goes on.
  void end(ServerSocket& socket, DisconnectReason reason);

 private:
  void on_connect(const protocol::PacketView& packet);
  void on_disconnect(const protocol::PacketView& packet);
  void on_event(const protocol::PacketView& packet, std::size_t bytes);
  void on_ack(const protocol::PacketView& packet);
  ServerSocket* find(std::string_view nsp) const;

  Session& session_;
  Shard& shard_;
  bool asked_to_connect_ = false;
  std::vector<std::unique_ptr<ServerSocket>> sockets_;
};

}  // namespace lectern::server
