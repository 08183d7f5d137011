#pragma once

#include <chrono>

#include <lectern/server.h>

namespace lectern::app {

// Runs `then` on the shard `owner`, from which it is called, once everything that any shard had
// read before this call and that was on its way to the owner, by way of any home shard, has
// arrived; at the latest after kBound. So answers that were read in time are not late.
//
// The round goes from the owner to every shard, from each to every home, and back: that is the way
// an answer takes, and only tasks between the same two shards are sure to keep their order.
void after_closing_round(Server& server, unsigned owner, Task then);

inline constexpr std::chrono::milliseconds kClosingRoundBound{50};

}  // namespace lectern::app
