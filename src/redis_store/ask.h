#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "redis/broker.h"

namespace lectern::redis {

// Sends a command and waits for its answer, at most `within`. Nothing: there was none in time, and
// whether Redis carried the command out cannot be known. An error of Redis is an answer. Any thread
// but the broker's, which outlives the call.
std::optional<Reply> ask(Broker& broker, std::vector<std::string> words,
                         std::chrono::milliseconds within);

}  // namespace lectern::redis
