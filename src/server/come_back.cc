#include "server/come_back.h"

#include <memory>
#include <utility>
#include <vector>

#include "server/client.h"
#include "server/recovery.h"
#include "server/server_core.h"
#include "server/server_socket.h"
#include "server/session.h"
#include "server/session_id.h"
#include "server/shard.h"

namespace lectern::server {
namespace {

using LostPtr = std::shared_ptr<const LostSocket>;
using Missed = std::optional<std::vector<DeliveryPtr>>;

// Runs `task` on a shard behind everything that the shards have posted there until now.
void after_all_shards(ServerCore& core, unsigned shard, Task task) {
  struct Waiting {
    unsigned shards;
    Task task;
  };
  const auto waiting = std::make_shared<Waiting>(Waiting{core.shards(), std::move(task)});
  for (unsigned i = 0; i < core.shards(); ++i) {
    core.post(i, [&core, shard, waiting] {
      core.post(shard, [waiting] {
        if (--waiting->shards == 0) waiting->task();
      });
    });
  }
}

void finish(ServerCore& core, SocketRef ref, const Missed& missed) {
  auto* const socket = core.shard(ref.shard).sockets().find(ref.serial);
  if (!socket || !socket->is_connected()) return;
  // Forgotten in this very moment: the client comes again, as a new one.
  if (!missed) return socket->session().close("transport close");
  socket->send_missed(*missed);
  socket->client().welcome(*socket);
}

void restore(ServerCore& core, SocketRef ref, const std::string& pid, const LostPtr& lost) {
  auto* const socket = core.shard(ref.shard).sockets().find(ref.serial);
  if (!socket || !socket->is_pending()) return;
  auto& may_come_back = socket->nsp().handlers->may_come_back;
  bool allowed = lost != nullptr;
  if (lost && may_come_back) {
    const auto ask = [&] { allowed = may_come_back(*socket, lost->data); };
    if (!socket->session().call(ask)) return;
  }
  if (!allowed) return socket->client().welcome(*socket);
  socket->restore(*lost, pid);
  const unsigned log = lost->ref.shard;
  if (log == ref.shard) return finish(core, ref, core.shard(log).recovery().missed(*lost));
  after_all_shards(core, log, [&core, ref, log, lost] {
    core.run_on(ref.shard, [&core, ref, missed = core.shard(log).recovery().missed(*lost)] {
      finish(core, ref, missed);
    });
  });
}

// On the shard that remembers the packets of the lost socket.
LostPtr located(ServerCore& core, LostSocket lost, const std::string& offset) {
  const auto position = core.shard(lost.ref.shard).recovery().locate(lost.start, offset);
  if (!position) return nullptr;
  lost.start = {offset, *position};
  return std::make_shared<const LostSocket>(std::move(lost));
}

}  // namespace

std::optional<Claim> claim_of(const boost::json::value& auth) {
  const auto* const object = auth.if_object();
  const auto* const pid = object ? object->if_contains("pid") : nullptr;
  if (!pid || !pid->is_string()) return std::nullopt;
  const auto* const offset = object->if_contains("offset");
  if (offset && !offset->is_string() && !offset->is_null()) return std::nullopt;
  return Claim{std::string(pid->get_string()),
               offset && offset->is_string() ? std::string(offset->get_string()) : std::string()};
}

void come_back(ServerSocket& socket, Claim claim) {
  auto& core = socket.shard().core();
  const auto keeper = shard_of(claim.pid);
  if (!keeper || *keeper >= core.shards()) return socket.client().welcome(socket);
  core.run_on(*keeper, [&core, keeper = *keeper, ref = socket.ref(), nsp = socket.nsp().name,
                        claim = std::move(claim)] {
    auto& shard = core.shard(keeper);
    auto taken = shard.recovery().take(claim.pid, nsp, shard.loop().now());
    if (!taken) return core.run_on(ref.shard, [&core, ref] { restore(core, ref, {}, nullptr); });
    const unsigned log = taken->ref.shard;
    core.run_on(log, [&core, ref, claim, lost = std::move(*taken)]() mutable {
      const auto found = located(core, std::move(lost), claim.offset);
      core.run_on(ref.shard,
                  [&core, ref, pid = claim.pid, found] { restore(core, ref, pid, found); });
    });
  });
}

}  // namespace lectern::server
