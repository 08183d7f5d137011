#pragma once

#include <iterator>
#include <memory>
#include <utility>
#include <vector>

#include <lectern/broadcast.h>
#include <lectern/unique_function.h>

#include "server/server_core.h"
#include "server/shard.h"

namespace lectern::server {

// Calls visit(ServerSocket&) -> T for every socket that is meant, on its shard, and when all shards
// have reported, done(std::vector<T>) on the calling shard (shard 0 when the caller is none). Any
// thread; `visit` runs on several shards at once.
template <class T, class Visit>
void gather(ServerCore& core, const Selection& selection, Visit visit,
            UniqueFunction<void(std::vector<T>)> done) {
  struct UnderWay {
    unsigned shards;
    std::vector<T> found;
    UniqueFunction<void(std::vector<T>)> done;
  };
  const unsigned home = core.this_shard().value_or(0);
  const auto under_way = std::make_shared<UnderWay>(UnderWay{core.shards(), {}, std::move(done)});
  const auto shared = std::make_shared<const Selection>(selection);
  for (unsigned i = 0; i < core.shards(); ++i) {
    core.run_on(i, [&core, i, home, shared, visit, under_way] {
      std::vector<T> found;
      core.shard(i).sockets().for_each(
          *shared, [&](ServerSocket& socket) { found.push_back(visit(socket)); });
      core.run_on(home, [under_way, found = std::move(found)]() mutable {
        under_way->found.insert(under_way->found.end(), std::make_move_iterator(found.begin()),
                                std::make_move_iterator(found.end()));
        if (--under_way->shards == 0) under_way->done(std::move(under_way->found));
      });
    });
  }
}

}  // namespace lectern::server
