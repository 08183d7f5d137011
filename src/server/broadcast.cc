#include <utility>

#include <boost/json/value.hpp>

#include <lectern/broadcast.h>

#include "server/gathering.h"
#include "server/server_core.h"
#include "server/shard.h"

namespace lectern {

using server::Delivery;
using server::DeliveryPtr;
using server::PacketWriter;

namespace {

DeliveryPtr delivery_of(ServerCore& core, const Selection& to, std::string_view event,
                        const PacketWriter::Values& values, EmitOptions options) {
  auto delivery = std::make_shared<Delivery>();
  delivery->to = to;
  if (!options.is_volatile) delivery->offset = core.next_offset();
  delivery->packet = core.writer().event(to.nsp, std::nullopt, event, values, delivery->offset);
  if (!options.compress) delivery->packet.send_plain();
  delivery->is_volatile = options.is_volatile;
  return delivery;
}

// What the shards report about one broadcast; on the shard that waits for it.
class AnswersUnderWay {
 public:
  AnswersUnderWay(unsigned shards, UniqueFunction<void(BroadcastAnswers)> handler)
      : shards_(shards), handler_(std::move(handler)) {}

  void asked(std::size_t sockets) {
    expected_ += sockets;
    --shards_;
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

 private:
  void finish_when_complete() {
    if (shards_ == 0 && came_ == expected_) handler_(std::move(answers_));
  }

  unsigned shards_;  // that have not said how many sockets they asked
  std::size_t expected_ = 0;
  std::size_t came_ = 0;
  BroadcastAnswers answers_;
  UniqueFunction<void(BroadcastAnswers)> handler_;
};

// Calls act(ServerSocket&) wherever one is meant, and `done`, which may be empty, after all of
// them.
template <class Act>
void for_all(ServerCore& core, const Selection& selection, Act act, Task done) {
  struct Nothing {};
  server::gather<Nothing>(
      core, selection,
      [act = std::move(act)](server::ServerSocket& socket) {
        act(socket);
        return Nothing{};
      },
      [done = std::move(done)](const std::vector<Nothing>&) mutable {
        if (done) done();
      });
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

void Broadcast::emit(std::string_view event, const boost::json::value& payload) const {
  core_->deliver(delivery_of(*core_, selection_, event, PacketWriter::Values(payload), options_));
}

void Broadcast::emit_args(std::string_view event, const Arguments& arguments) const {
  core_->deliver(delivery_of(*core_, selection_, event, PacketWriter::Values(arguments), options_));
}

void Broadcast::emit_with_ack(std::string_view event, const Arguments& arguments,
                              std::chrono::milliseconds timeout,
                              UniqueFunction<void(BroadcastAnswers)> handler) const {
  auto& core = *core_;
  const auto id = core.next_ack_id();
  auto delivery = std::make_shared<Delivery>();
  delivery->to = selection_;
  delivery->packet =
      core.writer().event(selection_.nsp, id, event, PacketWriter::Values(arguments));
  if (!options_.compress) delivery->packet.send_plain();
  const unsigned home = core.this_shard().value_or(0);
  const auto under_way = std::make_shared<AnswersUnderWay>(core.shards(), std::move(handler));
  for (unsigned i = 0; i < core.shards(); ++i) {
    core.run_on(i, [&core, i, home, delivery, id, timeout, under_way] {
      const auto report = [&core, home, under_way](Result<Arguments> answer) {
        core.run_on(home, [under_way, answer = std::move(answer)]() mutable {
          under_way->answered(std::move(answer));
        });
      };
      const auto asked = core.shard(i).deliver(delivery, id, timeout, report);
      core.run_on(home, [under_way, asked] { under_way->asked(asked); });
    });
  }
}

void Broadcast::sockets_join(std::string_view room, Task done) const {
  for_all(
      *core_, selection_,
      [name = std::string(room)](server::ServerSocket& socket) { socket.join(name); },
      std::move(done));
}

void Broadcast::sockets_leave(std::string_view room, Task done) const {
  for_all(
      *core_, selection_,
      [name = std::string(room)](server::ServerSocket& socket) { socket.leave(name); },
      std::move(done));
}

void Broadcast::disconnect_sockets(bool close_connection, Task done) const {
  for_all(
      *core_, selection_,
      [close_connection](server::ServerSocket& socket) { socket.disconnect(close_connection); },
      std::move(done));
}

void Broadcast::fetch_sockets(UniqueFunction<void(std::vector<RemoteSocket>)> handler) const {
  server::gather<RemoteSocket>(
      *core_, selection_,
      [](server::ServerSocket& socket) {
        return RemoteSocket{socket.ref(), socket.id(), socket.rooms()};
      },
      std::move(handler));
}

}  // namespace lectern
