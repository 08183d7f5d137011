#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "net/pending_sends.h"
#include "net/send_ring.h"

namespace lectern::net {

class Connection;

// Sends at the end of a turn what the loop's connections were given in it.
class Flusher {
 public:
  // Many sends in one system call from now on.
  void use(std::unique_ptr<SendRing> ring) { ring_ = std::move(ring); }
  bool uses_ring() const { return ring_ != nullptr; }

  void add(Connection& connection);  // once a turn is enough, and costs nothing more often
  bool empty() const { return dirty_.empty(); }

  PendingSends& pending() { return pending_; }

  // Nothing is queued anywhere when this returns, unless its socket takes no more. What handlers
  // queue meanwhile leaves, too.
  void flush();

 private:
  void start(Connection& connection);
  void submit();

  struct UnderWay {
    Connection* connection;
    PendingSends::List* list;
  };

  PendingSends pending_;
  std::unique_ptr<SendRing> ring_;
  std::vector<Connection*> dirty_;
  std::vector<Connection*> batch_;      // memory, kept from turn to turn
  std::vector<Connection*> unsettled_;  // whose end or backlog is looked at after the sends
  std::vector<UnderWay> under_way_;     // in the ring
};

}  // namespace lectern::net
