#include <iterator>
#include <memory>
#include <utility>

#include <boost/json/value.hpp>

#include <lectern/broadcast.h>

#include "server/asking.h"
#include "server/cluster.h"
#include "server/gathering.h"
#include "server/remote_socket.h"
#include "server/server_core.h"
#include "server/shard.h"

namespace lectern {

using server::Cluster;
using server::Delivery;
using server::DeliveryPtr;
using server::NodeAnswers;
using server::PacketWriter;

namespace {

DeliveryPtr delivery_of(ServerCore& core, const Selection& to, std::string_view event,
                        const PacketWriter::Values& values, const EmitOptions& options) {
  auto delivery = std::make_shared<Delivery>();
  delivery->to = to;
  if (!options.is_volatile) delivery->offset = core.next_offset();
  delivery->packet = core.writer().event(to.nsp, std::nullopt, event, values, delivery->offset);
  if (!options.compress) delivery->packet.send_plain();
  delivery->packet.conflate(to.nsp, options.conflate_key);
  delivery->is_volatile = options.is_volatile;
  return delivery;
}

struct How {
  const EmitOptions& options;
  bool local;
};

void send(ServerCore& core, const Selection& to, std::string_view event,
          const PacketWriter::Values& values, How how) {
  if (auto* const cluster = core.cluster(); cluster != nullptr && !how.local)
    cluster->broadcast(to, how.options.is_volatile, event, values);
  core.deliver(delivery_of(core, to, event, values, how.options));
}

// What the shards and the other nodes report about one broadcast; on the shard that waits for it.
class AnswersUnderWay {
 public:
  // `parts` report: each shard, and the other nodes together.
  AnswersUnderWay(unsigned parts, UniqueFunction<void(BroadcastAnswers)> handler)
      : parts_(parts), handler_(std::move(handler)) {}

  void asked(std::size_t sockets) {
    expected_ += sockets;
    --parts_;
    finish_when_complete();
  }
  void answered(Result<Arguments> answer) {
    ++came_;
    if (answer) {
      answers_.answers.push_back(std::move(*answer));
    } else {
      ++answers_.missing;
    }
    finish_when_complete();
  }
  void others_answered(NodeAnswers others) {
    auto& theirs = others.of_clients;
    answers_.answers.insert(answers_.answers.end(), std::make_move_iterator(theirs.begin()),
                            std::make_move_iterator(theirs.end()));
    if (others.clients > theirs.size()) answers_.missing += others.clients - theirs.size();
    const bool all_nodes = others.nodes && others.answered >= *others.nodes;
    if (!all_nodes) answers_.error = others.error;
    --parts_;
    finish_when_complete();
  }

 private:
  void finish_when_complete() {
    if (parts_ == 0 && came_ == expected_) handler_(std::move(answers_));
  }

  unsigned parts_;  // that have not said how many sockets they asked
  std::size_t expected_ = 0;
  std::size_t came_ = 0;
  BroadcastAnswers answers_;
  UniqueFunction<void(BroadcastAnswers)> handler_;
};

// Calls act(ServerSocket&) wherever one of this node is meant, and tell(cluster, task) when there
// are other nodes; then, on the calling shard, `done`, which may be empty.
template <class Act, class Tell>
void for_all(ServerCore& core, const Selection& selection, bool local, Act act, Tell tell,
             Task done) {
  struct Nothing {};
  struct UnderWay {
    unsigned parts;
    Task done;
  };
  Cluster* const cluster = local ? nullptr : core.cluster();
  const auto under_way =
      std::make_shared<UnderWay>(UnderWay{cluster != nullptr ? 2U : 1U, std::move(done)});
  const unsigned home = core.this_shard().value_or(0);
  const auto part = [under_way] {
    if (--under_way->parts == 0 && under_way->done) under_way->done();
  };
  // The others are told first: what the caller emits next comes behind it there, too.
  if (cluster != nullptr) tell(*cluster, [&core, home, part] { core.run_on(home, part); });
  server::gather<Nothing>(
      core, selection,
      [act = std::move(act)](server::ServerSocket& socket) {
        act(socket);
        return Nothing{};
      },
      [part](const std::vector<Nothing>&) { part(); });
}

}  // namespace

Broadcast& Broadcast::to(std::string_view room) {
  selection_.rooms.emplace_back(room);
  return *this;
}

Broadcast& Broadcast::except(std::string_view room) {
  selection_.except_rooms.emplace_back(room);
  return *this;
}

Broadcast& Broadcast::except(SocketRef socket) {
  selection_.except = socket;
  return *this;
}

Broadcast& Broadcast::is_volatile(bool on) {
  options_.is_volatile = on;
  return *this;
}

Broadcast& Broadcast::compress(bool on) {
  options_.compress = on;
  return *this;
}

Broadcast& Broadcast::conflate(std::string_view key) {
  options_.conflate_key = key;
  return *this;
}

Broadcast& Broadcast::local(bool on) {
  local_ = on;
  return *this;
}

void Broadcast::emit(std::string_view event, const boost::json::value& payload) const {
  send(*core_, selection_, event, PacketWriter::Values(payload), {options_, local_});
}

void Broadcast::emit_args(std::string_view event, const Arguments& arguments) const {
  send(*core_, selection_, event, PacketWriter::Values(arguments), {options_, local_});
}

void Broadcast::emit_with_ack(std::string_view event, const Arguments& arguments,
                              std::chrono::milliseconds timeout,
                              UniqueFunction<void(BroadcastAnswers)> handler) const {
  auto& core = *core_;
  const PacketWriter::Values values(arguments);
  const auto id = core.next_broadcast_ack_id();
  auto delivery = std::make_shared<Delivery>();
  delivery->to = selection_;
  delivery->packet = core.writer().event(selection_.nsp, id, event, values);
  if (!options_.compress) delivery->packet.send_plain();
  const unsigned home = core.this_shard().value_or(0);
  Cluster* const cluster = local_ ? nullptr : core.cluster();
  const auto under_way = std::make_shared<AnswersUnderWay>(
      core.shards() + (cluster != nullptr ? 1 : 0), std::move(handler));
  if (cluster != nullptr)
    cluster->ask_clients(selection_, event, values, timeout,
                         [&core, home, under_way](NodeAnswers others) {
                           core.run_on(home, [under_way, others = std::move(others)]() mutable {
                             under_way->others_answered(std::move(others));
                           });
                         });
  server::ask_shards(core, std::move(delivery), id, timeout, under_way,
                     [&core, home](Task task) { core.run_on(home, std::move(task)); });
}

void Broadcast::sockets_join(std::string_view room, Task done) const {
  for_all(
      *core_, selection_, local_,
      [name = std::string(room)](server::ServerSocket& socket) { socket.join(name); },
      [&](Cluster& others, Task told) { others.join(selection_, room, std::move(told)); },
      std::move(done));
}

void Broadcast::sockets_leave(std::string_view room, Task done) const {
  for_all(
      *core_, selection_, local_,
      [name = std::string(room)](server::ServerSocket& socket) { socket.leave(name); },
      [&](Cluster& others, Task told) { others.leave(selection_, room, std::move(told)); },
      std::move(done));
}

void Broadcast::disconnect_sockets(bool close_connection, Task done) const {
  for_all(
      *core_, selection_, local_,
      [close_connection](server::ServerSocket& socket) { socket.disconnect(close_connection); },
      [&](Cluster& others, Task told) {
        others.disconnect(selection_, close_connection, std::move(told));
      },
      std::move(done));
}

void Broadcast::fetch_sockets(UniqueFunction<void(FoundSockets)> handler) const {
  Cluster* const cluster = local_ ? nullptr : core_->cluster();
  server::gather<RemoteSocket>(
      *core_, selection_,
      [](server::ServerSocket& socket) {
        return RemoteSocket{socket.ref(), std::string(socket.id()), socket.rooms()};
      },
      [&core = *core_, cluster, selection = selection_,
       handler = std::move(handler)](std::vector<RemoteSocket> sockets) mutable {
        FoundSockets found{std::move(sockets), {}};
        if (cluster == nullptr) return handler(std::move(found));
        const unsigned home = core.this_shard().value_or(0);
        cluster->fetch(selection, [&core, home, found = std::move(found),
                                   handler = std::move(handler)](NodeAnswers others) mutable {
          for (const auto& description : others.sockets)
            if (auto socket = server::read_remote_socket(description))
              found.sockets.push_back(std::move(*socket));
          found.error = others.error;
          core.run_on(home, [found = std::move(found), handler = std::move(handler)]() mutable {
            handler(std::move(found));
          });
        });
      });
}

}  // namespace lectern
