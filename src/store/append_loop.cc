// Appends to one store until it is killed, and writes a line "AGGREGATE VERSION" to stdout for
// every event that was acknowledged: store_append_loop FILE ROUND INTERVAL_MS (0: every commit is
// synced).
//
// 64 appends are in flight, over four aggregates; each carries one to three events.

#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <string>

#include <unistd.h>

#include "store/sqlite_log.h"

namespace {

namespace events = lectern::events;
namespace store = lectern::store;
using lectern::Uuid;

void tell(std::size_t aggregate, std::uint64_t version) {
  const std::string line = std::to_string(aggregate) + ' ' + std::to_string(version) + '\n';
  // One write() a line, less than PIPE_BUF: a kill cannot tear it.
  if (::write(STDOUT_FILENO, line.data(), line.size()) < 0) std::_Exit(1);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  store::Writer writer(argv[1], {.sync_interval = std::chrono::milliseconds(std::atoi(argv[3]))});
  store::SqliteLog log(writer, argv[1]);
  std::mutex mutex;
  std::condition_variable acknowledged;
  int in_flight = 0;
  for (std::uint64_t n = 0;; ++n) {
    {
      std::unique_lock lock(mutex);
      acknowledged.wait(lock, [&] { return in_flight < 64; });
      ++in_flight;
    }
    const std::size_t index = n % 4;
    events::Append append;
    append.aggregate.bytes[0] = static_cast<std::uint8_t>(index + 1);
    append.idempotency_key = std::string(argv[2]) + '/' + std::to_string(n);
    const std::uint64_t count = n % 3 + 1;
    for (std::uint64_t i = 1; i <= count; ++i) {
      append.events.push_back(
          {Uuid::random(), "chat:message_posted",
           append.idempotency_key + ' ' + std::to_string(i) + '/' + std::to_string(count), 0});
    }
    log.append(std::move(append), [&, index, count](events::AppendResult result) {
      if (result.error) std::_Exit(3);
      for (std::uint64_t i = 0; i < count; ++i) tell(index, result.first_version + i);
      std::lock_guard lock(mutex);
      --in_flight;
      acknowledged.notify_one();
    });
  }
}
