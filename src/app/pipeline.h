#pragma once

#include <exception>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include <boost/json/array.hpp>

#include <lectern/http.h>
#include <lectern/server.h>

#include "app/home_gate.h"
#include "app/request.h"
#include "events/event.h"

namespace lectern::app {

class ClassroomShard;
struct Environment;

// Brings a request to where it is decided:
//
//   the shard that read it → home shard of the user (HomeGate) → owner shard of the room or
//   session (ClassroomShard) → the reply
//
// Nothing here waits, and nothing that a peer sent makes it throw.
class Pipeline {
 public:
  // `environment` outlives the pipeline.
  explicit Pipeline(Environment& environment);
  ~Pipeline();

  // Any thread. The reply is called exactly once, unless the server stops first.
  void submit(const RequestPtr& request);

  // A socket that had joined is gone; on the socket's shard.
  void connection_lost(const Uuid& room, SocketRef socket);
  // One that was lost is back, in the rooms that it was in.
  void connection_returned(const Uuid& room, SocketRef socket,
                           const std::shared_ptr<const Caller>& caller);

  // Before the server starts: takes an event of the log.
  void restore(const events::DomainEvent& event);

  // After start(): takes an event that the log tells of. Any thread.
  void learn(const events::DomainEvent& event);

  // ClassroomShard::claim_name() of the room's owner; `then` runs there, or here when the owner has
  // no time: with an empty name.
  void claim_name(const Uuid& room, std::string name, UniqueFunction<void(std::string)> then);

  // Asks the owner of a room or session; `question` runs there.
  void ask(const Uuid& aggregate, HttpReply reply,
           UniqueFunction<HttpResponse(ClassroomShard&)> question);
  // Asks every owner for what it has, and answers with {name: [everything]}.
  void ask_all(std::string_view name, HttpReply reply,
               std::function<void(ClassroomShard&, boost::json::array&)> question);

  // Once, after Server::start(): arms the deadlines that the log holds and the sweeps.
  void start();
  // From the next request on. A rule keeps what it has counted unless its window or maximum is
  // another now. After start().
  void replace_rules(const std::vector<gate::Rule>& rules);
  void replace_own_events(const std::shared_ptr<const gate::OwnEvents>& own);
  // Forgets messages of that age or more, which the log has as well.
  void shed(std::int64_t age_ms);

 private:
  unsigned owner_of(const Uuid& aggregate) const;
  unsigned home_of(const std::string& user_id) const;
  void admit(unsigned home, const RequestPtr& request);
  void carry_out(unsigned owner, const RequestPtr& request);
  void sweep(unsigned shard);
  void report(const std::exception& error);

  Environment& environment_;
  std::vector<HomeGate> gates_;  // by shard
  std::vector<std::unique_ptr<ClassroomShard>> classrooms_;
};

}  // namespace lectern::app
