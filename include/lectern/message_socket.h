#pragma once

#include <memory>
#include <string_view>

#include <lectern/socket.h>
#include <lectern/unique_function.h>

namespace lectern {

/// A connection that carries plain messages: an Engine.IO session without Socket.IO, or a
/// WebSocket. Lives on its shard and may be touched there only, from on_open to on_close.
class MessageSocket {
 public:
  MessageSocket(const MessageSocket&) = delete;
  MessageSocket& operator=(const MessageSocket&) = delete;

  virtual Handshake handshake() const = 0;  ///< complete as long as the connection
  /// False when nothing was queued: the queue is full or the connection is ending. `text` is UTF-8.
  virtual bool send_text(std::string_view text) = 0;
  /// The same with any bytes, as one binary message.
  virtual bool send_binary(std::string_view bytes) = 0;
  /// Ends the connection after what is queued was sent.
  virtual void close() = 0;

  /// Whatever the application keeps for this connection.
  std::shared_ptr<void> data;

 protected:
  MessageSocket() = default;
  ~MessageSocket() = default;
};

/// Filled before Server::start(); run on the connection's shard, on several shards at once.
struct MessageHandlers {
  UniqueFunction<void(MessageSocket&)> on_open;  ///< before any message
  /// One message, UTF-8. The view lives as long as the handler runs.
  UniqueFunction<void(MessageSocket&, std::string_view text)> on_text;
  /// One binary message. The view lives as long as the handler runs.
  UniqueFunction<void(MessageSocket&, std::string_view bytes)> on_binary;
  UniqueFunction<void(MessageSocket&)> on_drain;  ///< what the peer had left unread has gone
  UniqueFunction<void(MessageSocket&, DisconnectReason)> on_close;  ///< last

  /// Whether messages of any kind are handled.
  explicit operator bool() const { return on_text || on_binary; }
};

}  // namespace lectern
