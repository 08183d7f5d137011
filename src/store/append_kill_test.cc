#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/sqlite_log.h"
#include "store/temporary_directory.h"

// LECTERN_KILL_ROUNDS sets the number of rounds.

namespace lectern::store {
namespace {

struct Acknowledged {
  std::array<std::uint64_t, 4> last{};  // version, per aggregate
  int count = 0;
};

// Runs the appending program, kills it once `limit` events were acknowledged, and returns what was
// acknowledged until it died.
Acknowledged run_and_kill(const std::string& file, int round, int limit, const char* interval_ms) {
  std::array<int, 2> ends;
  if (::pipe(ends.data()) != 0) throw std::runtime_error("pipe");
  const std::string name = std::to_string(round);
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(ends[1], STDOUT_FILENO);
    ::close(ends[0]);
    ::close(ends[1]);
    ::execl(LECTERN_APPEND_LOOP, LECTERN_APPEND_LOOP, file.c_str(), name.c_str(), interval_ms,
            nullptr);
    std::_Exit(127);
  }
  ::close(ends[1]);
  const std::unique_ptr<FILE, int (*)(FILE*)> lines(::fdopen(ends[0], "r"), &std::fclose);
  Acknowledged acknowledged;
  unsigned aggregate = 0;
  unsigned long long version = 0;
  while (std::fscanf(lines.get(), "%u %llu", &aggregate, &version) == 2) {
    auto& last = acknowledged.last.at(aggregate);
    EXPECT_TRUE(last == 0 || version == last + 1) << version << " after " << last;
    last = version;
    if (++acknowledged.count == limit) ::kill(child, SIGKILL);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status)) << status;
  return acknowledged;
}

// The payload is "ROUND/N I/COUNT": every append is there whole, and the appends of a round follow
// each other in the order in which they were made, without a hole.
void expect_whole_appends_in_order(const std::vector<events::DomainEvent>& read) {
  int last_round = -1;
  unsigned long long last_number = 0;
  int expected_part = 1;
  for (std::size_t i = 0; i < read.size(); ++i) {
    EXPECT_EQ(read[i].version, i + 1);
    int round = 0;
    unsigned long long number = 0;
    int part = 0;
    int parts = 0;
    ASSERT_EQ(std::sscanf(read[i].payload.c_str(), "%d/%llu %d/%d", &round, &number, &part, &parts),
              4);
    EXPECT_EQ(part, expected_part) << read[i].payload;
    if (part == 1) {
      EXPECT_EQ(number, round == last_round ? last_number + 4 : number % 4) << read[i].payload;
    }
    last_round = round;
    last_number = number;
    expected_part = part == parts ? 1 : part + 1;
  }
  EXPECT_EQ(expected_part, 1) << "the last append is there in part";
}

int rounds() {
  const char* given = std::getenv("LECTERN_KILL_ROUNDS");
  return given ? std::atoi(given) : 20;
}

// `count` rounds over one store, from round `first` on.
void kill_and_look(int first, int count, const char* interval_ms) {
  const TemporaryDirectory directory;
  const std::string file = directory.file("lectern.db");
  unsigned random = 12345U + static_cast<unsigned>(first);  // the same rounds every time
  std::array<std::uint64_t, 4> acknowledged{};
  for (int round = first; round < first + count; ++round) {
    random = random * 1103515245U + 12345U;
    const auto now =
        run_and_kill(file, round, 1 + static_cast<int>((random >> 16) % 900), interval_ms);
    ASSERT_GT(now.count, 0);
    Writer writer(file);
    SqliteLog log(writer, file);
    for (std::size_t i = 0; i < 4; ++i) {
      Uuid aggregate;
      aggregate.bytes[0] = static_cast<std::uint8_t>(i + 1);
      acknowledged[i] = std::max(acknowledged[i], now.last[i]);
      const auto read = log.read(aggregate, 1, 1'000'000);
      EXPECT_GE(read.size(), acknowledged[i]) << "round " << round;
      expect_whole_appends_in_order(read);
    }
    EXPECT_TRUE(log.writable());
    log.close();
  }
}

// A new store now and then: each round reads all of it.
void kill_all_rounds(const char* interval_ms) {
  constexpr int kRoundsOfAStore = 20;
  const int all = rounds();
  for (int round = 0; round < all; round += kRoundsOfAStore) {
    kill_and_look(round, std::min(kRoundsOfAStore, all - round), interval_ms);
  }
}

TEST(SqliteLogKilled, KeepsEveryAcknowledgedEventOnceAndInOrder) { kill_all_rounds("0"); }

TEST(SqliteLogKilled, WithAnIntervalKeepsThemAsWell) { kill_all_rounds("50"); }

}  // namespace
}  // namespace lectern::store
