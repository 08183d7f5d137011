#pragma once

#include <string_view>

#include <lectern/error.h>
#include <lectern/socket.h>

namespace lectern::server {

// What becomes of the messages of one Engine.IO session. The views live as long as the call.
class MessageSink {
 public:
  virtual ~MessageSink() = default;
  // The session's open packet was sent.
  virtual void on_open() = 0;
  virtual void on_text(std::string_view text) = 0;
  virtual void on_binary(std::string_view bytes) = 0;
  // What was queued while the client did not read has left.
  virtual void on_drained() = 0;
  // The session is about to close for this fault of the peer; what is sent now still leaves.
  virtual void announce_closing(Errc error) = 0;
  // The session is over.
  virtual void end(DisconnectReason reason) = 0;
};

}  // namespace lectern::server
