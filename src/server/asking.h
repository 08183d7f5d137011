#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "server/server_core.h"
#include "server/shard.h"

namespace lectern::server {

// Sends `delivery`, which asks for the acknowledgement `id`, on all shards. For each shard
// answers->asked(number of sockets), for each of these once answers->answered(Result<Arguments>),
// all of them as tasks that `post` takes to the thread of `answers`.
template <class Answers, class Post>
void ask_shards(ServerCore& core, const DeliveryPtr& delivery, std::uint64_t id,
                std::chrono::milliseconds timeout, const std::shared_ptr<Answers>& answers,
                Post post) {
  for (unsigned i = 0; i < core.shards(); ++i) {
    core.run_on(i, [&core, i, delivery, id, timeout, answers, post] {
      const auto report = [answers, post](Result<Arguments> answer) {
        post([answers, answer = std::move(answer)]() mutable {
          answers->answered(std::move(answer));
        });
      };
      const auto asked = core.shard(i).deliver(delivery, id, timeout, report);
      post([answers, asked] { answers->asked(asked); });
    });
  }
}

}  // namespace lectern::server
