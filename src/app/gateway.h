#pragma once

#include <string>

#include <lectern/server.h>

#include "app/admission.h"
#include "app/callers.h"
#include "app/environment.h"
#include "app/live_sockets.h"
#include "app/pipeline.h"

namespace lectern::app {

// The handlers of the namespace "/": who may connect, what becomes of an event, and what happens
// when a socket goes. They run on the shards, several at once.
class Gateway {
 public:
  struct Parts {
    Environment& environment;
    Pipeline& pipeline;
    const Callers& callers;
    Admission& admission;
    LiveSockets& live;
  };

  explicit Gateway(Parts parts) : parts_(parts) {}

  void install();  // before Server::start()

 private:
  void admit(Socket& socket, Next next);
  void receive(Socket& socket, Event& event);
  void enter(Socket& socket);
  void leave(Socket& socket);
  std::string limit_key(const Handshake& handshake) const;

  // Answers `ping` and `auth:refresh`, which no limit counts.
  Outcome answer_ping(boost::json::object payload) const;
  Outcome renew(Socket& socket, boost::json::object payload);

  Reply reply_to(const Socket& socket, const Event& event);

  Parts parts_;
};

}  // namespace lectern::app
