#pragma once

#include <lectern/message_socket.h>

#include "server/message_sink.h"

namespace lectern::server {

class Session;

// An Engine.IO session whose messages the application reads itself.
class PlainSession final : public MessageSink, public MessageSocket {
 public:
  PlainSession(Session& session, MessageHandlers& handlers)
      : session_(session), handlers_(handlers) {}

  void on_open() override;
  void on_text(std::string_view text) override;
  void on_binary(std::string_view bytes) override;
  void on_drained() override;
  void announce_closing(Errc) override {}
  void end(DisconnectReason reason) override;

  Handshake handshake() const override;
  bool send_text(std::string_view text) override;
  bool send_binary(std::string_view bytes) override;
  void close() override;

 private:
  Session& session_;
  MessageHandlers& handlers_;
};

}  // namespace lectern::server
