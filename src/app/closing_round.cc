#include "app/closing_round.h"

#include <memory>
#include <utility>

namespace lectern::app {
namespace {

// Touched on the owner's shard alone.
struct Round {
  unsigned under_way;
  Task then;

  void finish() {
    if (then) std::exchange(then, nullptr)();
  }
};

}  // namespace

void after_closing_round(Server& server, unsigned owner, Task then) {
  const unsigned shards = server.shards();
  const auto round = std::make_shared<Round>(Round{shards * shards, std::move(then)});
  server.run_after(owner, kClosingRoundBound, [round] { round->finish(); });
  for (unsigned reader = 0; reader < shards; ++reader) {
    server.run_on(reader, [&server, owner, shards, round] {
      for (unsigned home = 0; home < shards; ++home) {
        server.run_on(home, [&server, owner, round] {
          server.run_on(owner, [round] {
            if (--round->under_way == 0) round->finish();
          });
        });
      }
    });
  }
}

}  // namespace lectern::app
