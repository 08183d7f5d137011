// What follows a commit.

#include <string>
#include <utility>

#include "app/actor.h"
#include "app/classroom_shard.h"
#include "app/environment.h"

namespace lectern::app {

// Carries out one effect of a room's or a session's decision.
struct EffectVisitor {
  ClassroomShard& shard;
  const Uuid& id;  // of the room or the session
  LiveRoom& room;

  void operator()(const classroom::ToRoom& effect) const {
    EmitOptions options;
    if (effect.event == "quiz:leaderboard")  // tells all there is: the latest is enough
      options.conflate_key = effect.event + ' ' + id.to_string();
    shard.environment_.server.emit_to_room("/", room.name, effect.event, effect.payload, options);
  }
  void operator()(const classroom::ToUser& effect) const {
    const auto sockets = shard.connections_of(room, effect.user_id);
    if (sockets.empty()) return;
    shard.environment_.server.emit_to_sockets(sockets, effect.event, effect.payload);
  }
  void operator()(const classroom::ToHosts& effect) const {
    const auto sockets = shard.connections_of_hosts(room);
    if (sockets.empty()) return;
    shard.environment_.server.emit_to_sockets(sockets, effect.event, effect.payload);
  }
  void operator()(const classroom::Leave& effect) const {
    for (const auto& key : room.presence.leave_all(effect.user_id)) {
      shard.remove_from_hub(room.id, {key.shard, key.serial});
    }
    shard.presence_changed(room);
  }
  void operator()(const classroom::DeadlineSet&) const { shard.arm(id); }
  void operator()(const classroom::ProgressChanged&) const {
    if (auto* quiz = shard.find_quiz(id)) shard.progress_changed(id, *quiz);
  }
};

void ClassroomShard::carry_out_effects(const Uuid& id, LiveRoom& room,
                                       const std::vector<classroom::Effect>& effects) {
  for (const auto& effect : effects) std::visit(EffectVisitor{*this, id, room}, effect);
}

}  // namespace lectern::app
