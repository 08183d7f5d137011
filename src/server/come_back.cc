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
  if (!missed) return socket->client().session().close("transport close");
  socket->send_missed(*missed);
  socket->client().welcome(*socket);
}

void restore(ServerCore& core, SocketRef ref, unsigned owner,
             const std::shared_ptr<const LostSocket>& lost) {
  auto* const socket = core.shard(ref.shard).sockets().find(ref.serial);
  if (!socket || !socket->is_pending()) return;
  if (!lost) return socket->client().welcome(*socket);
  socket->restore(*lost);
  if (owner == ref.shard) return finish(core, ref, core.shard(owner).recovery().missed(*lost));
  after_all_shards(core, owner, [&core, ref, owner, lost] {
    core.run_on(ref.shard, [&core, ref, missed = core.shard(owner).recovery().missed(*lost)] {
      finish(core, ref, missed);
    });
  });
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
  const auto owner = shard_of(claim.pid);
  if (!owner || *owner >= core.shards()) return socket.client().welcome(socket);
  core.run_on(*owner, [&core, owner = *owner, ref = socket.ref(), nsp = socket.nsp().name,
                       claim = std::move(claim)] {
    auto& shard = core.shard(owner);
    auto taken = shard.recovery().take(claim.pid, nsp, claim.offset, shard.loop().now());
    if (taken) taken->start.offset = claim.offset;
    const auto lost = taken ? std::make_shared<const LostSocket>(std::move(*taken)) : nullptr;
    core.run_on(ref.shard, [&core, ref, owner, lost] { restore(core, ref, owner, lost); });
  });
}

}  // namespace lectern::server
