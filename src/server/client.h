#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/container/small_vector.hpp>
#include <boost/json/value.hpp>

#include <lectern/error.h>
#include <lectern/socket.h>

#include "net/deadline.h"
#include "protocol/content.h"
#include "protocol/packet.h"
#include "server/message_sink.h"
#include "server/outgoing.h"

namespace lectern::server {

class ServerSocket;
class Session;
class Shard;
struct ShardNamespace;

// The Socket.IO half of one session: its packets, and its sockets, one for each namespace.
// Source: socket.io-protocol v5.
class Client final : public MessageSink {
 public:
  Client(Session& session, Shard& shard);
  ~Client() override;

  Session& session() const { return session_; }
  Shard& shard() const { return shard_; }

  void on_open() override;
  // A packet that breaks the protocol ends the session.
  void on_text(std::string_view text) override;
  void on_binary(std::string_view bytes) override;
  void on_drained() override;
  void announce_closing(Errc error) override;
  void end(DisconnectReason reason) override;

  // A middleware has decided about a socket that still waits for it.
  void accept(ServerSocket& socket);
  // Answers its CONNECT; it may be one that came back.
  void welcome(ServerSocket& socket);
  void refuse(ServerSocket& socket, const ConnectError& error);

  // Sends a DISCONNECT and ends one socket; its session goes on.
  void disconnect(ServerSocket& socket);
  // The same for all sockets, and the session.
  void disconnect_all();

 private:
  // A binary packet of which attachments are still to come, and how long they may take.
  struct Partial {
    Partial(Client& client, std::string_view packet, std::size_t count);

    std::string text;
    std::size_t attachments;
    std::size_t bytes;
    Attachments received;
    net::Deadline overdue;
  };

  struct Address {
    std::string_view nsp;
    std::optional<std::uint64_t> ack_id;
  };

  void on_packet(const protocol::PacketView& packet, Attachments attachments, std::size_t bytes);
  void on_msgpack(std::string_view bytes);
  void on_connect(std::string_view nsp, Result<boost::json::value> auth);
  void connect(std::string_view name, boost::json::value auth);
  void on_disconnect(std::string_view nsp);
  void on_event(const Address& to, protocol::EventContent& content, Attachments& attachments,
                std::size_t bytes);
  void on_ack(const Address& to, Arguments answer);
  // The namespace of that name, which is made when the server has a rule for it.
  ShardNamespace* namespace_for(std::string_view name, const boost::json::value& auth);
  // A packet that is none, and one for a namespace that the client is not in.
  void violated(Errc error);
  void misdirected();
  bool recovers() const;
  void send_refusal(std::string_view nsp, const ConnectError& error);
  std::string new_id(std::string_view nsp) const;
  ServerSocket* find(std::string_view nsp) const;
  void end(ServerSocket& socket, DisconnectReason reason);

  Session& session_;
  Shard& shard_;
  std::unique_ptr<Partial> partial_;
  bool asked_to_connect_ = false;
  // Nearly always one.
  boost::container::small_vector<std::unique_ptr<ServerSocket>, 1> sockets_;
};

}  // namespace lectern::server
